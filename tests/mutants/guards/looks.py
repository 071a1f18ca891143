"""内容复核, the page: who may look, once, and what a lost answer changes."""

from tests.mutants.mutant import Mutant

_PAGE, _TEST = "gateway/static/looks.js", "tests/e2e/test_looks.py"

MUTANTS = (
    Mutant("looks: opened when asked", _PAGE, "  card.append(title,", "  look.click();\n  card.append(title,",
           f"{_TEST}::test_words_and_a_photo_are_opened_when_asked_and_decided"),
    Mutant("looks: a reason first", _PAGE, "    why.hidden = false;\n", '    decide(card, `${path}/rejection`, {reason: USUAL}, "");\n',
           f"{_TEST}::test_words_and_a_photo_are_opened_when_asked_and_decided"),
    Mutant("looks: decided by another", _PAGE, 'if (failed.kind !== "not-to-be-looked-at" && failed.status !== 404) throw failed;', "throw failed;",
           f"{_TEST}::test_what_somebody_else_decided_meanwhile_is_gone_and_said_so"),
    Mutant("looks: a second press", _PAGE, "  buttons.forEach((one) => { one.disabled = true; });\n", "",
           f"{_TEST}::test_a_lost_network_changes_nothing_and_is_tried_again"),
    Mutant("looks: who may", _PAGE, ".some((one) => LOOKS.has(one.role))", ".some(() => true)",
           f"{_TEST}::test_who_may_not_look_is_told_so"),
)

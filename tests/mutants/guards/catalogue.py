"""What lies below the twelve categories, and what is asked besides: who decides it, what stays, and what follows from it."""

from tests.mutants.mutant import Mutant

_R, _TREE, _BELOW, _ANSWERS = "services/reports", *(f"tests/reports/test_{name}.py" for name in ("catalogue", "subcategories", "answers"))
_REFUSED = f"{_ANSWERS}::test_what_does_not_answer_what_was_asked_is_refused_and_nothing_is_filed"
_UNKNOWN = f"{_TREE}::test_what_is_not_below_it_or_retired_is_refused_and_nothing_is_filed"
_RULE = f"{_BELOW}::test_a_rule_goes_by_what_is_below_one_category"
_TIME = f"{_BELOW}::test_the_time_is_that_of_the_nearest_node_that_has_one_else_the_terms"

MUTANTS = (
    Mutant("catalogue: of what was read", f"{_R}/domain/catalogue.py", "        must_rely_on(self.tag, relies_on)\n", "",
           f"{_TREE}::test_it_is_changed_by_version_and_of_twelve_at_once_one_decides"),
    Mutant("catalogue: one of many", f"{_R}/actions/categories.py", "    if not await catalogues.keep_catalogue(work, decided):\n        raise TermsStale\n", "    await catalogues.keep_catalogue(work, decided)\n    assert TermsStale\n",
           f"{_TREE}::test_of_those_who_read_the_same_version_and_all_wait_one_decides"),
    Mutant("catalogue: whose it is", f"{_R}/actions/categories.py", "    permission.check(place)\n", "",
           f"{_TREE}::test_officers_of_the_community_change_it_and_nobody_else"),
    Mutant("catalogue: codes stay", f"{_R}/domain/catalogue.py", "        if missing:\n            raise CodesStay(missing=missing)\n", "",
           f"{_TREE}::test_a_code_that_stood_in_a_version_is_renamed_or_retired_and_never_gone"),
    Mutant("catalogue: it is a tree", f"{_R}/domain/catalogue.py", "        made.check()\n", "",
           f"{_TREE}::test_what_is_no_tree_is_refused_and_says_where"),
    Mutant("catalogue: below the category", f"{_R}/domain/catalogue.py", "        if not way or way[-1].subcategory != subcategory:", "        if not way:", _UNKNOWN),
    Mutant("catalogue: with one all below are retired", f"{_R}/domain/catalogue.py", "any(one.retired for one in way)", "way[-1].retired", _UNKNOWN),
    Mutant("catalogue: what is retired is not offered", f"{_R}/domain/catalogue.py", "one.above == subcategory and not one.retired", "one.above == subcategory",
           f"{_TREE}::test_the_flat_list_stays_as_it_was_and_with_a_place_the_tree_is_told_to_everybody"),
    Mutant("catalogue: in the words of its version", f"{_R}/actions/looking.py", "await catalogues.of_version(work, report.area, report.category_version)", "await catalogues.in_force(work, report.area)",
           f"{_TREE}::test_a_report_says_what_is_below_its_category_and_keeps_the_version_and_its_words"),
    Mutant("catalogue: its time", f"{_R}/domain/terms.py", "return nearest or self.resolve.get(", "return self.resolve.get(", _TIME),
    Mutant("catalogue: the nearest", f"{_R}/domain/catalogue.py", "for one in reversed(self.way(category, subcategory)) if one.resolve", "for one in self.way(category, subcategory) if one.resolve", _TIME),
    Mutant("catalogue: staff say what is there", f"{_R}/actions/reports.py", "    catalogue.must_take(to.category, to.subcategory)\n", "",
           f"{_BELOW}::test_only_what_is_another_and_was_read_and_stands_there_is_taken"),
    Mutant("catalogue: staff say it of what they read", f"{_R}/domain/category.py", "        knows = read.subcategory is not None or to.category == read.category\n", "        knows = read.subcategory is not None\n",
           f"{_BELOW}::test_of_twelve_who_say_what_is_below_at_once_one_is_first"),
    Mutant("catalogue: figures go by the root", f"{_R}/store/figures.py", "func.split_part(func.split_part(_changed.c.reason_code, TO, 1), BELOW, 1)", "func.split_part(_changed.c.reason_code, TO, 1)",
           f"{_BELOW}::test_figures_of_the_past_go_by_the_category_whatever_was_below"),
    Mutant("catalogue: a rule's subcategory", f"{_R}/domain/routing.py", "        if self.subcategory and not is_at_or_below(case.subcategory, self.subcategory):", "        if self.subcategory and not is_at_or_below(self.subcategory, self.subcategory):", _RULE),
    Mutant("catalogue: a rule's one category", f"{_R}/domain/routing.py", "len(rule.categories) == 1)", "len(rule.categories) > 0)", _RULE),
    Mutant("catalogue: a rule names what is there", f"{_R}/actions/routing.py", "if rule.subcategory is not None and not catalogue.knows(", "if rule.subcategory is None and not catalogue.knows(", _RULE),
    Mutant("catalogue: a node and what is below it", f"{_R}/store/catalogues.py", 'named = func.concat(bindparam(name, type_=Text), ".")', 'named = func.concat(bindparam(name, type_=Text), "")',
           f"{_BELOW}::test_lists_are_asked_for_a_node_and_what_is_below_it_and_say_what_it_was_called"),
    Mutant("answers: sealed", f"{_R}/actions/answers.py", 'await work.seal(report.reporter_id, "reports", "answers", report.id, text)', "text.encode()",
           f"{_ANSWERS}::test_what_was_answered_is_in_no_event_and_no_column_in_the_clear"),
    Mutant("answers: what is required", f"{_R}/domain/field.py", "            if self.variable and self.required:", "            if self.variable and not self.code:", _REFUSED),
    Mutant("answers: what nobody asked", f"{_R}/domain/field.py", "        if code not in asked:\n", "        if not code:\n", _REFUSED),
    Mutant("answers: of a list", f"{_R}/domain/field.py", "return value in dict(self.values)", "return bool(value)", _REFUSED),
    Mutant("answers: one of one", f"{_R}/domain/field.py", 'if (len(said) > 1 and self.kind != "multivaluelist") or not', "if not", _REFUSED),
    Mutant("answers: numbers", f"{_R}/domain/field.py", "return _NUMBER.fullmatch(value) is not None", "return bool(_NUMBER)", _REFUSED),
    Mutant("answers: so long together", f"{_R}/domain/field.py", "for value in one.values) > LONGEST_ANSWERS", "for value in one.values) < 0",
           f"{_ANSWERS}::test_so_long_and_no_longer"),
    Mutant("answers: a line is one", f"{_R}/domain/field.py", "return len(value) <= LONGEST_LINE and value.isprintable()", "return len(value) <= LONGEST_LINE",
           f"{_ANSWERS}::test_so_long_and_no_longer"),
    Mutant("answers: looked at", f"{_R}/actions/checks.py", "[text, *answers.words(await answers.of(work, report))]", "[text]",
           f"{_ANSWERS}::test_free_words_are_looked_at_with_the_text"),
    Mutant("answers: in their copy", f"{_R}/actions/personal.py", '"answers": said,', '"answers": said[:0],',
           f"{_ANSWERS}::test_they_are_exported_with_the_text_and_open_to_nobody_once_it_is_not"),
    Mutant("answers: gone by age", f"{_R}/actions/retention.py", '"sealed_answers": None, ', "",
           f"{_ANSWERS}::test_they_are_gone_when_the_words_are_by_age"),
    Mutant("answers: what was taken is not asked again", f"{_R}/actions/open311.py", "    if known is not None:  # whatever is asked by now\n", "    if known is not None and not sent.token:\n",
           f"{_ANSWERS}::test_what_a_program_sends_again_is_the_same_request_whatever_is_asked_by_now"),
    Mutant("answers: programs are asked what is decided", f"{_R}/domain/catalogue.py", "asked = self.fields(category, None) if self.version else SERVICES[category].attributes", "asked = SERVICES[category].attributes",
           f"{_ANSWERS}::test_programs_are_asked_by_the_definition_of_the_community"),
)

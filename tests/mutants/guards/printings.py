"""What is printed together: numbered once, by its keepers, the same again, and listed until it was taken down."""

from tests.mutants.mutant import Mutant

_R, _TEST = "services/reports", "tests/reports/test_print_batches.py"
_LEFT = f"{_TEST}::test_what_opens_nothing_hangs_until_somebody_says_it_was_taken_down"

MUTANTS = (
    Mutant("printings: one after the other", f"{_R}/actions/printings.py", '    await work.taking_turns(work.vault.keys.blind("printings.turn", community))\n', "", f"{_TEST}::test_of_twelve_batches_at_once_each_has_a_number_of_its_own"),
    Mutant("printings: of one community", f"{_R}/domain/printing.py", "    if len(found) != 1:\n        raise PrintedTogether\n", "", f"{_TEST}::test_of_two_communities_or_twice_the_same_nothing_is_printed"),
    Mutant("printings: what hangs alone", f"{_R}/store/anchors.py", '_HANGING_OF = Prepared(select(anchors).join(areas, areas.c.path == anchors.c.area).where(\n    anchors.c.id == func.any(bindparam("keys", type_=ARRAY(Uuid))), reached(anchors.c.area), anchors.c.revoked_at.is_(None),', '_HANGING_OF = Prepared(select(anchors).join(areas, areas.c.path == anchors.c.area).where(\n    anchors.c.id == func.any(bindparam("keys", type_=ARRAY(Uuid))), reached(anchors.c.area),', f"{_TEST}::test_only_its_keepers_print_read_and_take_down"),
    Mutant("printings: of those one keeps", f"{_R}/store/printings.py", "    .where(reached(printings.c.area)),", "    .where(printings.c.id.is_not(None)),", f"{_TEST}::test_only_its_keepers_print_read_and_take_down"),
    Mutant("printings: the same again", f"{_R}/store/printings.py", "printed, anchors.c.asset, anchors.c.area, _DEAD", 'printed, anchors.c.version.label("version"), anchors.c.asset, anchors.c.area, _DEAD', f"{_TEST}::test_its_sheet_is_the_same_whatever_became_of_it"),
    Mutant("printings: replaced ones are left", f"{_R}/store/printings.py", "_DEAD = or_(anchors.c.revoked_at.is_not(None), printed.c.version < anchors.c.version)", "_DEAD = or_(anchors.c.revoked_at.is_not(None))", _LEFT),
    Mutant("printings: what opens stays", f"{_R}/actions/printings.py", "    if anchor.revoked_at is None and version >= anchor.version:\n        raise PosterHangs\n", "", _LEFT),
    Mutant("printings: taken down once", f"{_R}/actions/printings.py", "    if not await store.take_down(work, anchor.id, version, by.id):\n        raise NothingToTakeDown\n", "    await store.take_down(work, anchor.id, version, by.id)\n", _LEFT),
    Mutant("printings: said to be gone", f"{_R}/store/printings.py", "    printed.c.taken_down_at.is_(None), _DEAD, reached(", "    _DEAD, reached(", _LEFT),
)

"""Guards of what is told by itself: places that are followed, what many meet, a community's day."""

from tests.mutants.mutant import Mutant

_ACTS, _TELLING = "services/reports/actions/follows.py", "services/reports/actions/telling.py"
_STORE, _TOLD = "services/reports/store/follows.py", "services/reports/store/told.py"
_TESTS, _TELLS = "tests/reports/test_follows.py", "tests/reports/test_telling.py"

MUTANTS = (
    Mutant("follows: no dwelling is followed", "services/reports/domain/follow.py", "        if not WIDEST <=", "        if not 0 <=",
           f"{_TESTS}::test_of_a_dwelling_nothing_is_told_and_none_is_followed"),
    Mutant("follows: of no dwelling is told", _ACTS, 'if report is None or report.area.count(".") + 1 > NARROWEST:', "if report is None:",
           f"{_TESTS}::test_of_a_dwelling_nothing_is_told_and_none_is_followed"),
    Mutant("follows: neighbours alone", _ACTS, "    neighbourly(may).check(made)\n", "",
           f"{_TESTS}::test_what_cannot_be_followed_is_refused"),
    Mutant("follows: one at a time", _ACTS, "    await work.taking_turns(by.id.bytes)\n", "",
           f"{_TESTS}::test_the_same_twice_is_one_and_of_twelve_at_once_twenty_are_kept"),
    Mutant("follows: who knows is not told", _ACTS, "[one for one in found if one not in known]", "found",
           f"{_TESTS}::test_nobody_is_told_what_they_know_already"),
    Mutant("follows: of one poster alone", _STORE, '    or_(follows.c.anchor_id.is_(None), follows.c.anchor_id == bindparam("anchor", type_=Uuid)),\n', "",
           f"{_TESTS}::test_a_category_and_a_poster_narrow_what_is_heard"),
    Mutant("follows: who is there still", _STORE, "    or_(_is_there(bindings), _is_there(assignments)),\n", "",
           f"{_TESTS}::test_who_moved_away_hears_nothing_more"),
    Mutant("follows: ended by whose it is", _STORE, "delete(follows).where(_MINE, follows.c.id", "delete(follows).where(follows.c.id",
           f"{_TESTS}::test_it_is_ended_by_whose_it_is_alone"),
    Mutant("follows: forgotten", "services/reports/actions/personal.py", "    await follows.forget(work, person)\n", "",
           f"{_TESTS}::test_what_somebody_followed_is_handed_out_and_forgotten"),
    Mutant("telling: a mark once", _TOLD, ", where=hotspots.c.mark < _hotter.excluded.mark,", ",",
           f"{_TELLS}::test_at_each_mark_the_office_hears_once_how_many_meet_it"),
    Mutant("telling: while there is something to be done", _TELLING, "    if report is None or report.status not in OPEN:", "    if report is None:",
           f"{_TELLS}::test_of_what_is_over_nothing_grows"),
    Mutant("telling: of the one that carries the work", _TELLING, "    if report is not None and report.master_id is not None:", "    if report is None:",
           f"{_TELLS}::test_what_was_merged_counts_and_is_told_of_the_one_that_carries_the_work"),
    Mutant("telling: days that were not told", _TELLING, "for back in range(_DAYS, 0, -1)", "for back in range(1, 0, -1)",
           f"{_TELLS}::test_each_day_is_told_once_as_it_was_known_at_its_end"),
)

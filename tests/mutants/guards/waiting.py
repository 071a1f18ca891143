"""Guards of waiting for a seat, of policies and of points."""

from tests.mutants.mutant import Mutant

_STORE = "services/health/store/waiting.py"
_ACTS = "services/health/actions/waiting.py"
_LINE = "tests/health/test_waiting.py"
_TERMS = "services/health/domain/policy.py"
_KEPT = "tests/health/test_policies.py"

MUTANTS = (
    Mutant("waiting: who asked first is first", _STORE, "else_=1), wait.c.asked_at, wait.c.id", "else_=1), wait.c.id, wait.c.asked_at.desc()",
           f"{_LINE}::test_who_is_first_in_line_is_offered_what_becomes_free_and_books_it"),
    Mutant("waiting: those first for whom seats are set aside", _STORE, "    return case((_entitled(wait.c.person_id, wait.c.area), 0), else_=1),", "    return case((_entitled(wait.c.person_id, wait.c.area), 1), else_=1),",
           f"{_LINE}::test_those_for_whom_seats_are_set_aside_come_before_whoever_asked_first"),
    Mutant("waiting: one offer at a time, and each time once", _STORE, "_lives(waits, slots.c.area), _not_offered_before())", "_lives(waits, slots.c.area))",
           f"{_LINE}::test_what_is_not_taken_is_the_next_ones_and_in_the_end_everybodys"),
    Mutant("waiting: what was found is looked at again once it is held", _ACTS, "    if not await store.is_still(work, slot_id, wait_id):\n        return\n", "",
           f"{_LINE}::test_who_leaves_while_they_are_offered_it_has_nothing_or_left_too_late"),
    Mutant("waiting: who leaves and who is offered take turns", _ACTS, "    await work.taking_turns((await work.seen(Wait, wait_id, may)).person_id.bytes)  # no offer is on its way meanwhile\n", "",
           f"{_LINE}::test_who_leaves_while_they_are_offered_it_has_nothing_or_left_too_late"),
    Mutant("waiting: who leaves gives back what is offered", _ACTS, "        seat.release(at=work.now)\n", "        seat.held_until = seat.held_until\n",
           f"{_LINE}::test_who_leaves_gives_back_what_is_offered_and_the_next_one_has_it"),
    Mutant("waiting: three lines at once", "services/health/domain/waiting.py", "        if len(others) >= WAITS:\n            raise WaitsEnough\n", "",
           f"{_LINE}::test_three_lines_at_once_and_each_of_them_once_whoever_presses_how_often"),
    Mutant("waiting: whoever asks takes turns", _ACTS, "    await work.taking_turns(by.id.bytes)\n", "",
           f"{_LINE}::test_three_lines_at_once_and_each_of_them_once_whoever_presses_how_often"),
    Mutant("waiting: who has it waits no more", _STORE, "    return and_(*lasts, ~has.correlate(wait).exists())", "    return and_(*lasts)",
           f"{_LINE}::test_who_booked_the_same_meanwhile_is_in_line_no_more_until_they_give_it_back"),
    Mutant("waiting: who moved away waits no more", _STORE, "wait.c.until > _at, _lives(wait, wait.c.area)", "wait.c.until > _at, wait.c.left_at.is_(None)",
           f"{_LINE}::test_who_left_whose_days_are_over_and_who_moved_away_are_in_line_no_more"),
    Mutant("waiting: what is not open is not offered", _STORE, "    or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at),\n)", "    or_(slots.c.opens_at.is_(None), slots.c.opens_at > _at),\n)",
           f"{_LINE}::test_what_opens_is_offered_once_it_is_open_and_what_is_closed_to_nobody"),
    Mutant("waiting: what a hospital gives out has no line here", _ACTS, "    if not ours:\n        raise NoLineThere\n", "",
           f"{_LINE}::test_what_cannot_be_waited_for_is_said"),
    Mutant("waiting: nobody holds the line up", _ACTS, "        except Exception as broken:  # noqa: BLE001 - whatever one breaks, the next one is offered theirs\n", "        except TypeError as broken:\n",
           f"{_LINE}::test_who_cannot_be_served_holds_nobody_up"),
    Mutant("waiting: a place of long ago goes", "services/health/actions/retention.py", "    await end(running.database.do, _WAITS, delete_waits)\n", "",
           f"{_LINE}::test_a_place_in_line_of_long_ago_is_kept_nowhere"),
    Mutant("waiting: a place is forgotten with its person", "services/health/actions/personal.py", "delete(waits).where(waits.c.person_id == person)", "delete(waits).where(waits.c.person_id != person)",
           f"{_LINE}::test_a_place_in_line_is_handed_out_moved_with_its_person_and_forgotten"),
    Mutant("policies: a hospital goes first", "services/health/store/policies.py", ".order_by(policies.c.hospital_id.is_(None), func.nlevel", ".order_by(policies.c.hospital_id.is_not(None), func.nlevel",
           f"{_KEPT}::test_a_hospitals_word_goes_before_its_areas_and_the_nearest_areas_before_that_of_all"),
    Mutant("policies: of a hospital, for that hospital alone", "services/health/store/policies.py", "or_(policies.c.hospital_id.is_(None), policies.c.hospital_id == _OF_DEPARTMENT),", "or_(policies.c.hospital_id.is_(None), policies.c.hospital_id.is_not(None)),",
           f"{_KEPT}::test_a_hospitals_word_goes_before_its_areas_and_the_nearest_areas_before_that_of_all"),
    Mutant("policies: what holds later holds later", "services/health/store/policies.py", "        policies.c.from_at <= _at, policies.c.area", "        policies.c.area",
           f"{_KEPT}::test_what_holds_later_holds_later"),
    Mutant("policies: versions in turn", "services/health/actions/policies.py", '    await work.taking_turns(uuid5(NAMESPACE_OID, f"policy {said.area} {said.hospital_id}").bytes)\n', "",
           f"{_KEPT}::test_twelve_at_once_lay_down_twelve_versions"),
    Mutant("policies: one way and from now on", _TERMS, "        if half or zoned or by_day ==", "        if half and zoned and by_day ==",
           f"{_KEPT}::test_a_policy_says_it_in_one_way_and_from_now_on"),
    Mutant("policies: officers alone", "services/health/actions/policies.py", "    may.check(said)\n", "",
           f"{_KEPT}::test_officers_lay_it_down_and_those_who_book_read_it"),
    Mutant("policies: second thoughts", _TERMS, "    return max(deadline, min(at + SECOND_THOUGHTS, starts_at))", "    return deadline",
           f"{_KEPT}::test_who_books_a_visit_that_is_near_may_think_again_for_half_an_hour"),
)

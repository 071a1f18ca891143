"""Guards of notify."""

from tests.mutants.mutant import Mutant

_NOTICES = "tests/notify/test_notices.py"

MUTANTS = (
    Mutant("by proxy: staff see nothing of health", "services/notify/store/queries.py", 'notices.c.subject.like("report/%"), ', "",
           "tests/notify/test_done_for.py::test_staff_of_the_place_see_it_and_nothing_of_health"),
    Mutant("by proxy: staff see their places", "services/notify/store/queries.py", ", reached(notices.c.area)\n    ), notices.c.pos, person", "\n    ), notices.c.pos, person",
           "tests/notify/test_done_for.py::test_staff_of_the_place_see_it_and_nothing_of_health"),
    Mutant("by proxy: one's own acts are not told so", "services/notify/consumers/proxies.py", '    if work.received is not None and work.received.acting is not None:\n        await tell(work, event, "done-for-you", event.recipients', '    if work.received is not None:\n        await tell(work, event, "done-for-you", event.recipients',
           "tests/notify/test_done_for.py::test_what_somebody_does_themselves_is_not_told_so"),
    Mutant("private things", "services/notify/domain/rights.py", '"notices.mark": Rule(owner=True, private=True)', '"notices.mark": Rule(owner=True)',
           "tests/notify/test_notices.py::test_a_notice_is_read_by_its_person_once_and_by_nobody_else"),
    Mutant("a hospital's seat in words of its own", "services/notify/consumers/health.py", '"appointment-booked-there" if event.theirs else "appointment-booked"', '"appointment-booked"',
           f"{_NOTICES}::test_a_hospitals_seat_is_not_called_a_visit_with_the_family_doctor"),
    Mutant("the office it went up to hears", "services/notify/consumers/reports.py", "    above = await office(work, event.level, event.area)", "    above = await office(work, 1, event.area)",
           f"{_NOTICES}::test_an_event_tells_whom_it_concerns"),
    Mutant("a vacant office is passed over", "services/notify/actions/concerned.py", "        if holding:\n", "        if role:\n",
           f"{_NOTICES}::test_where_an_office_is_vacant_the_next_one_up_hears_and_no_one_below"),
    Mutant("who left hears nothing", "services/notify/actions/concerned.py", "for person in named if person in still)", "for person in named if still is not None)",
           f"{_NOTICES}::test_for_an_assignee_who_serves_there_no_longer_the_office_hears"),
    Mutant("who is both hears once", "services/notify/actions/notices.py", "else await queries.led(work, to):\n        notice = Notice(\n            id=notice_id(event_id, person, template)",
           'else to:\n        notice = Notice(\n            id=notice_id(event_id, person, f"{template}/{work.new_id()}")',
           f"{_NOTICES}::test_the_time_to_respond_is_the_offices_too_and_who_is_both_hears_once"),
    Mutant("units are summoned where they serve", "services/notify/store/queries.py", ".where(whom, held, around))", ".where(whom, held))",
           f"{_NOTICES}::test_of_a_unit_only_those_are_summoned_who_serve_where_it_is"),
    Mutant("neighbours are told of ever more rarely", "services/notify/consumers/reports.py", "    if event.supporters in HEARD_AT:\n        await", "    if event.supporters:\n        await",
           f"{_NOTICES}::test_an_event_tells_whom_it_concerns"),
    Mutant("voices are told in notices", "services/notify/consumers/reports.py", '    await tell(work, event, f"{named(event)}-too", sorted(others), number=event.number)\n', "",
           f"{_NOTICES}::test_an_event_tells_whom_it_concerns"),
    Mutant("the office hears where it began", "services/notify/consumers/reports.py", "    at_the_grid = event.level is None\n", "    at_the_grid = True\n",
           f"{_NOTICES}::test_an_event_tells_whom_it_concerns"),
    Mutant("others hear of an emergency", "services/notify/consumers/identity.py", "admins = set(await serving(work, Role.ADMIN, event.area)) - {event.person_id}\n    await", "admins = set(await serving(work, Role.ADMIN, event.area))\n    await",
           "tests/notify/test_notices.py::test_an_event_tells_whom_it_concerns"),
)

"""Guards of `$join`."""

from tests.mutants.mutant import Mutant

_JOIN, _ACT, _TICKETS = "tests/health/test_fhir_joining.py", "services/health/actions/fhir_joining.py", "services/health/actions/tickets.py"

MUTANTS = (
    Mutant("joining: only what is by video", _ACT, "        raise NotByVideo\n", "        pass\n",
           f"{_JOIN}::test_what_is_not_by_video_or_not_in_its_time_has_no_ticket"),
    Mutant("joining: only in its time", _ACT, "    check_open(seat, at=work.now)\n", "",
           f"{_JOIN}::test_what_is_not_by_video_or_not_in_its_time_has_no_ticket"),
    Mutant("joining: an excluded program's ticket is void", _TICKETS, "    await _check_program(work, ticket, seat)\n    if not await", "    if not await",
           f"{_JOIN}::test_a_ticket_is_void_once_the_program_the_consent_or_the_doctor_is_gone"),
    Mutant("joining: who is in is looked at again", _TICKETS, "    await _check_program(work, ticket, seat)\n    check_open", "    check_open",
           f"{_JOIN}::test_who_is_in_by_it_is_out_once_the_program_speaks_for_nobody"),
    Mutant("joining: consent is asked at the door", _TICKETS, "if not speaks or not await agreements.may_tell(work, seat.person_id):", "if not speaks:",
           f"{_JOIN}::test_a_ticket_is_void_once_the_program_the_consent_or_the_doctor_is_gone"),
)

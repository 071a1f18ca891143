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
    Mutant("joining: a closed doctor of a hospital's own stays out", _TICKETS, "    if own.closed_at is not None or hospital is None", "    if hospital is None",
           f"{_JOIN}::test_of_a_doctor_of_its_own_a_hospital_says_so_as_long_as_it_is_so"),
    Mutant("joining: a doctor is of the hospital whose program asks", _TICKETS, " or hospital is None or hospital.id != own.hospital_id:", " or hospital is None:",
           f"{_JOIN}::test_a_ticket_opens_to_a_doctor_of_its_hospitals_own_the_room_of_their_appointment_alone"),
    Mutant("joining: no ticket that ends at the door", _ACT, "    if not await _is_at_work(work, seat, hospital):\n        raise DoctorNotAtWork\n", "",
           f"{_JOIN}::test_nobody_is_given_a_ticket_that_ends_at_the_door"),
    Mutant("if-match: a star names no version", "services/health/actions/fhir_bookings.py", '    if match is not None and match.strip() == "*":\n', "    if False:\n",
           "tests/health/test_fhir_if_match.py::test_a_star_names_no_version_and_changes_nothing"),
)

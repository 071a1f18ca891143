"""Requests of hospitals over HL7 v2: once each, of their own times and people, by their own name."""

from tests.mutants.mutant import Mutant

_ACTS, _STORE, _TEST = "services/health/actions/message_requests.py", "services/health/store/messages.py", "tests/health/test_requests.py"

MUTANTS = (
    Mutant("srm: it was not the patient's step", "services/health/store/trails.py", "messages.c.applied_at == _made.at)", "messages.c.applied_at < _made.at)",
           "tests/health/test_fhir_trails.py::test_what_its_own_system_asked_for_over_hl7_v2_is_not_said_to_be_the_patients"),
    Mutant("srm: twins take turns", _ACTS, "    await work.taking_turns(uuid5(hospital.id, wanted.control).bytes)  # twins wait here, and find what the first one did\n", "",
           f"{_TEST}::test_a_request_is_granted_once_however_often_it_comes_and_its_name_is_for_no_other"),
    Mutant("srm: a control id is one request's", _ACTS, "earlier.digest != digest(wanted) or ", "",
           f"{_TEST}::test_a_request_is_granted_once_however_often_it_comes_and_its_name_is_for_no_other"),
    Mutant("srm: a name is one appointment's", _ACTS, " or await store.is_named(work, hospital.id, wanted.ref):", ":",
           f"{_TEST}::test_a_request_is_granted_once_however_often_it_comes_and_its_name_is_for_no_other"),
    Mutant("srm: what is moved takes a free name", _ACTS, " and name != seat.external_ref and await store.is_named(work, hospital.id, name):", " and name == seat:",
           f"{_TEST}::test_what_is_moved_takes_a_name_that_is_free_and_no_other"),
    Mutant("srm: names take turns", _ACTS, '    await work.taking_turns(uuid5(hospital.id, f"appointment {wanted.ref}").bytes)\n', "",
           f"{_TEST}::test_of_twelve_under_one_name_at_once_one_is_booked_and_the_others_hear_that_it_is_there"),
    Mutant("srm: of whom they may hear", _ACTS, "    await consents.must_be_given(work, found)\n", "",
           f"{_TEST}::test_who_may_be_told_of_no_more_is_neither_moved_nor_given_back"),
    Mutant("srm: their own book is theirs", _ACTS, "    if found.theirs:", "    if found is None:",
           f"{_TEST}::test_a_seat_of_their_own_book_is_told_and_not_asked"),
    Mutant("srm: times of ours", _STORE, "slots.c.their_ref.is_(None) & slots.c.department_id.in_(ward)", "slots.c.department_id.in_(ward)",
           f"{_TEST}::test_a_seat_of_their_own_book_is_told_and_not_asked"),
    Mutant("srm: times of their departments", _STORE, "slots.c.their_ref.is_(None) & slots.c.department_id.in_(ward)", "slots.c.their_ref.is_(None)",
           f"{_TEST}::test_times_and_appointments_of_others_are_not_there"),
    Mutant("srm: not from the time to come", _ACTS, "    if wanted.said_at > work.now + AHEAD:", "    if wanted is None:",
           f"{_TEST}::test_what_cannot_be_granted_is_said_with_a_code_and_changes_nothing"),
    Mutant("srm: their name stays when they are told", "services/health/actions/asks.py", "    elif ref is not None:\n", "    else:\n",
           f"{_TEST}::test_who_may_be_told_of_no_more_is_neither_moved_nor_given_back"),
)

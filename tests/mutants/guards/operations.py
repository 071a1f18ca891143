"""Guards of operations and searches at the FHIR door."""

from tests.mutants.mutant import Mutant

_TEST, _SEARCH = "tests/health/test_fhir_operations.py", "tests/health/test_fhir_search.py"
_DO = "services/health/actions/fhir_operations.py"
_BUNDLES, _MANY = "tests/health/test_fhir_bundles.py", "services/health/api/fhir_bundles.py"
_HOLD = "services/health/actions/fhir_bundles.py"
_WRITES, _ENTRIES = "services/health/api/fhir_bundle_writes.py", "services/health/api/fhir_bundle_entries.py"
_SCOPES = f"{_TEST}::test_each_needs_its_scope_and_its_hospital_and_consent"

MUTANTS = (
    Mutant("operations: making needs its own letter", _DO, '    through(by, "fhir.book", "Appointment", "c")\n', "", _SCOPES),
    Mutant("operations: a version that is named is obeyed", _DO, '    check_version(rendered("Appointment", await there(work, key, hospital, by)), match)\n', "", f"{_TEST}::test_an_appointment_is_given_back_and_again_is_the_same"),
    Mutant("operations: who checks in is there", _DO, "    check_place(seat.room_id, code, keys.blind, at=work.now)\n", "", f"{_TEST}::test_a_patient_is_checked_in_by_the_code_of_the_room_alone"),
    Mutant("operations: a hospital's move is not late", _DO, "    return await seen_by(work, made, hospital, by=by, door=door)\n\n\nasync def check_in", "    await appointments.breaches.given_back(work, seat, await patient_of(work, seat.person_id, by))\n    return await seen_by(work, made, hospital, by=by, door=door)\n\n\nasync def check_in", f"{_TEST}::test_a_late_move_of_a_hospital_is_not_its_patients"),
    Mutant("operations: what comes along needs its scope", "services/health/actions/fhir.py", '    hospital = await _asking(work, kind, "s", by)\n    if not matches:', '    hospital = await _asking(work, "Slot", "s", by)\n    if not matches:', f"{_SEARCH}::test_what_refers_to_a_slot_comes_with_it_and_is_not_counted"),
    Mutant("operations: who comes along is looked at", "services/health/actions/fhir.py", "    await shown(work, kind, found.rows, hospital, by=by, door=door)\n    return [rendered(kind, row) for row in found.rows]", "    return [rendered(kind, row) for row in found.rows]", f"{_SEARCH}::test_what_refers_to_a_slot_comes_with_it_and_is_not_counted"),
    Mutant("operations: nothing is cut off in silence", "services/health/actions/fhir.py", '        raise ParameterRefused(parameter="_revinclude")\n', "        pass\n", f"{_SEARCH}::test_too_many_that_refer_to_a_page_are_not_cut_off_in_silence"),
    Mutant("bundles: a transaction is one", _MANY, '            refused.extra["entry"] = one.place\n            raise\n', '            status, outcome = await refused_as(request, refused)\n            answers[one.place] = {"response": {"status": _line(status), "outcome": outcome}}\n            continue\n', f"{_BUNDLES}::test_what_one_entry_may_not_do_nobody_does"),
    Mutant("bundles: a batch's entry is alone", _MANY, "await running.database.do(lambda work: _done(request, work, one, by))", "await _done(request, request.state.work, one, by)", f"{_BUNDLES}::test_of_a_batch_each_is_by_itself"),
    Mutant("bundles: an entry's condition is obeyed", _WRITES, "    wish, unless = bodies.appointment(one.resource, here.base), bodies.condition(one.unless)", "    wish, unless = bodies.appointment(one.resource, here.base), bodies.condition(None)", f"{_BUNDLES}::test_a_condition_in_an_entry_is_obeyed_by_twins_and_by_those_who_come_again"),
    Mutant("bundles: an entry's version is obeyed", _WRITES, "one.key, status, one.match, by=by", "one.key, status, one.match and one.resource['meta']['versionId'], by=by", f"{_BUNDLES}::test_what_one_entry_may_not_do_nobody_does"),
    Mutant("bundles: locks have one order", _MANY, "    await _held(request, work, entries, by)\n", "", f"{_BUNDLES}::test_a_condition_in_an_entry_is_obeyed_by_twins_and_by_those_who_come_again"),
    Mutant("bundles: searching needs its letter", _MANY, '        through(by, "fhir.read", one.kind, "r" if one.key else "s")\n', "", f"{_BUNDLES}::test_each_entry_needs_its_own_scope_and_consent"),
    Mutant("bundles: so many at once", _ENTRIES, "not 0 < len(entries) <= MOST", "not entries", f"{_BUNDLES}::test_a_bundle_that_is_none_is_refused"),
    Mutant("bundles: no way around the day's count", "services/health/api/fhir_route.py", "|AppointmentResponse|Task|Communication|Provenance)\\b|$)", "|AppointmentResponse|Task|Communication|Provenance)\\b)", f"{_BUNDLES}::test_the_same_request_twice_is_done_once_and_what_a_bundle_shows_is_counted"),
    Mutant("bundles: the scope before the body", _MANY, "    some_scope(actor)\n", "", f"{_BUNDLES}::test_who_has_no_scope_of_a_hospital_is_told_so_before_the_body_is_read"),
    Mutant("fhir: an encounter is a visit that was", "services/health/store/resources.py", "_APPOINTMENTS.where(appointments.c.state.in_(CAME))", "_APPOINTMENTS.where(appointments.c.state.in_(FHIR))", "tests/health/test_fhir_reading.py::test_a_visit_is_an_encounter_from_checking_in_on"),
    Mutant("fhir: whose subscription was deleted", "services/health/store/hooks.py", 'hooks.c.hospital_id == bindparam("hospital", type_=Uuid),\n    hooks.c.state == State.OFF', 'hooks.c.hospital_id != bindparam("hospital", type_=Uuid),\n    hooks.c.state == State.OFF', "tests/health/test_fhir_subscriptions.py::test_a_subscription_is_its_hospitals_alone_and_ends"),
    Mutant("fhir: an id in percents is counted", "services/health/api/fhir_route.py", "said = unquote(f", "said = str(f", f"{_BUNDLES}::test_an_id_that_is_written_otherwise_is_counted_too"),
    Mutant("fhir: an id that JSON escapes is counted", "services/health/api/fhir_route.py", 'body = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), (await request.body()).decode("latin-1"))', "body = (await request.body()).decode('latin-1')", f"{_BUNDLES}::test_an_id_that_is_written_otherwise_is_counted_too"),
    Mutant("bundles: what is nested deep is refused", _ENTRIES, "    if depth > DEEPEST:\n        raise BodyUnfit\n", "", f"{_BUNDLES}::test_what_is_nested_deep_is_refused_and_a_batch_is_not_kept_under_a_key"),
)

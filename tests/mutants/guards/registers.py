"""Guards of what a hospital's program writes of its own directory, answers about appointments, and is told of reminders and steps."""

from tests.mutants.mutant import Mutant

_REGISTERS = "tests/health/test_fhir_registers.py"
_WRITE = "services/health/actions/fhir_registers.py"
_STORE = "services/health/store/registers.py"
_RULES = "services/health/domain/registering.py"
_OWN = f"{_REGISTERS}::test_what_the_community_or_another_hospital_entered_is_not_written"
_ONE = f"{_REGISTERS}::test_one_of_the_hospitals_own_is_entered_found_changed_and_closed_by_who_read_it"
_TWELVE = f"{_REGISTERS}::test_the_same_creation_makes_one_of_twelve_and_of_twelve_changes_one_is_done"
_CLOSED = f"{_REGISTERS}::test_what_is_closed_offers_nothing_new_sells_no_more_and_what_is_booked_stays"
_BAD = f"{_REGISTERS}::test_what_cannot_be_is_said_and_makes_nothing"
_HOURS = f"{_REGISTERS}::test_a_closed_department_takes_no_hours_of_the_community_either"
_RESPONSES = "tests/health/test_fhir_responses.py"
_ANSWER = "services/health/actions/fhir_responses.py"
_ONCE = f"{_RESPONSES}::test_the_same_answer_is_one_of_twelve"
_NO = f"{_RESPONSES}::test_a_no_of_theirs_frees_the_seat_and_sells_the_time_no_more"
_AGREE = f"{_RESPONSES}::test_it_is_about_people_who_agree_and_of_the_hospital_alone"
_TRAILS = "tests/health/test_fhir_trails.py"
_TRAIL = "services/health/store/trails.py"
_VISIT = "services/health/actions/fhir_visits.py"
_GONE = f"{_TRAILS}::test_they_go_with_consent_and_are_their_hospitals_alone"
_STEP = f"{_TRAILS}::test_of_each_version_it_is_said_when_it_came_to_be_and_whose_step_it_was"
_THERE = f"{_TRAILS}::test_a_visit_at_the_hospital_itself_is_gone_through_by_its_program"
_BUNDLES = "tests/health/test_fhir_bundles.py"

MUTANTS = (
    Mutant("registers: of the community's nothing is written", _WRITE, "elif not await registers.is_own(work, said.kind, named, mine.hospital.id):", "elif False:", _OWN),
    Mutant("registers: a name is whose who entered the department", _WRITE, "    if not await registers.is_named_by(work, key, mine.hospital.id):\n", "    if False:\n",
           "tests/health/test_fhir_registers.py::test_a_department_that_the_community_entered_keeps_its_name_and_takes_the_hospitals_own_fields"),
    Mutant("registers: another hospital's is not said to be one's own", _RULES, "        if self.organization not in {None, hospital}:\n            raise OwnedElsewhere\n", "", _OWN),
    Mutant("registers: another hospital's place is not this one's", _STORE, "return or_(rooms.c.hospital_id.is_(None), rooms.c.hospital_id == hospital)", "return or_(rooms.c.hospital_id.is_(None), rooms.c.hospital_id.is_not(None), rooms.c.hospital_id == hospital)", _OWN),
    Mutant("registers: who changes says which version they read", _WRITE, "        raise VersionWanted\n", "        pass\n", _ONE),
    Mutant("registers: it is written as it was read", _WRITE, "    check_read(now, match)\n", "", _TWELVE),
    Mutant("registers: one writer after the other", _WRITE, "    await work.taking_turns(register_turn(mine.hospital.id))\n    now = await _read", "    now = await _read", _TWELVE),
    Mutant("registers: an identifier is one's", _WRITE, "        raise IdentifierGiven\n    await work.audit", "        pass\n    await work.audit", _TWELVE),
    Mutant("registers: each act stands in the audit", _WRITE, '    await work.audit(act, f"{said.kind.lower()}/{key}", actor=mine.by.id, reason=str(mine.hospital.id))\n', "", _ONE),
    Mutant("registers: what is closed is sold no more", _WRITE, "        await queries.close(work, [row.id for row in times], closed=True)\n", "", _CLOSED),
    Mutant("registers: where nothing new is, no time is offered", "services/health/store/slot_sheets.py", "where(where, table.c.closed_at.is_(None))", "where(where)", _CLOSED),
    Mutant("registers: in a role that is closed no time is offered", "services/health/actions/fhir_slots.py", "    if await registers.is_closed(work, [want]):\n        raise ScheduleUnknown\n    if any(", "    if any(", _CLOSED),
    Mutant("registers: nothing is opened where nothing new is", "services/health/actions/fhir_slots.py", "    if await registers.is_closed(work, [want]):\n        raise ScheduleUnknown\n    await close(", "    await close(", _CLOSED),
    Mutant("registers: no hours are laid out where nothing new is", "services/health/actions/schedules.py", "not rows or await registers.is_closed(work, [schedule])", "not rows", _HOURS),
    Mutant("registers: no hours are laid down where nothing new is", "services/health/actions/schedules.py", "    if await registers.is_closed(work, [schedule]):\n        raise DepartmentNotHere\n", "", _HOURS),
    Mutant("registers: who closes waits for who offers", _WRITE, "        for doctor in sorted({*known.doctors, *at_work}):\n            await work.taking_turns(doctor.bytes)\n", "",
           f"{_REGISTERS}::test_who_closes_waits_for_whoever_offers_a_time_at_this_moment"),
    Mutant("registers: a name can be seen", _RULES, "len(said) > LONGEST or hidden", "len(said) > LONGEST", _BAD),
    Mutant("registers: a role stays whose it is", _WRITE, "        raise RoleFixed\n", "        pass\n", _BAD),
    Mutant("registers: a role is of its own doctors", _WRITE, "doctor not in known.doctors or ", "", _BAD),
    Mutant("registers: a hospital does not end itself", _RULES, '        if self.kind == "Organization" and not self.is_active:\n            raise AlwaysThere\n', "",
           f"{_REGISTERS}::test_a_hospital_says_what_it_is_called_and_not_whether_it_is_there"),
    Mutant("registers: a book of theirs is theirs", _WRITE, '    if kind != "Organization":\n        return await writing(work, permission, door)\n', "",
           f"{_REGISTERS}::test_a_hospital_with_a_book_of_its_own_says_only_what_it_is_called"),
    Mutant("responses: once", "services/health/domain/answering.py", "        raise AnsweredAlready\n", "        pass\n", _ONCE),
    Mutant("responses: twins of a condition wait", _ANSWER, "        await work.taking_turns(uuid5(hospital.id, store.KIND + repr([*unless])).bytes)\n", "", _ONCE),
    Mutant("responses: who is not in it answers nothing", "services/health/domain/answering.py", "            raise ActorNotInIt\n", "            pass\n",
           f"{_RESPONSES}::test_what_cannot_be_is_said_and_answers_nothing"),
    Mutant("responses: the appointment is held", _ANSWER, "return await work.session.get_one(Appointment, row.id, with_for_update=True, populate_existing=True)", "return await work.session.get_one(Appointment, row.id)",
           f"{_RESPONSES}::test_of_a_no_and_the_patients_own_cancelling_one_is_first"),
    Mutant("responses: a no sells the time no more", _ANSWER, "        await asking.close(work, seat.slot_id)\n", "", _NO),
    Mutant("responses: what was asked is answered", _ANSWER, "        await answered(work, seat, Kind.BOOK, Word.NO)\n", "", _NO),
    Mutant("responses: what stands no more takes no yes", _ANSWER, "elif seat.state not in {State.BOOKED, State.ARRIVED}:", "elif False:",
           f"{_RESPONSES}::test_what_stands_no_more_takes_neither_yes_nor_no"),
    Mutant("responses: gone with consent", "services/health/store/responses.py", ".join(consents, _told & consents.c.given).where(_ours.hospital_id == _hospital)", ".join(consents, _told).where(_ours.hospital_id == _hospital)", _AGREE),
    Mutant("responses: their names go with the person", "services/health/actions/personal.py", "    await responses.forget(work, person)\n", "", _AGREE),
    Mutant("trails: gone with consent", _TRAIL, "consents.c.given if given else ~consents.c.given", "consents.c.given.is_not(None)", _GONE),
    Mutant("trails: their hospital's alone", _TRAIL, "return joined.join(patients, _known).where(MINE)", "return joined.join(patients, patients.c.person_id == _ours.person_id)", _GONE),
    Mutant("trails: a step is the patient's own", _TRAIL, "    audit.c.actor_id == _ours.person_id,\n", "",
           f"{_TRAILS}::test_what_somebody_else_did_is_not_said_to_be_the_patients"),
    Mutant("trails: a resident's hold is nobody's", _TRAIL, "_VERSIONS.where(or_(~_UNSURE, _made.program_id == _program))", "_VERSIONS", _STEP),
    Mutant("trails: what is given back is reminded no more", _TRAIL, "        _ours.state == State.BOOKED, _ours.booked_at", "        _ours.booked_at",
           f"{_TRAILS}::test_what_is_given_back_is_to_be_reminded_no_more_and_who_booked_late_never_was"),
    Mutant("visits of theirs: the version that was read", _VISIT, "    check_read(now, match)\n", "", _THERE),
    Mutant("visits of theirs: in the hut they are the hut's", _VISIT, "        raise VisitElsewhere\n", "        pass\n",
           f"{_TRAILS}::test_a_visit_in_the_hut_is_the_huts_and_another_hospitals_is_nobodys"),
    Mutant("bundles: each way of writing has its letter", "services/health/api/fhir_bundles.py", "        through(by, write.right, one.kind, letter)\n", "        str(letter)\n",
           f"{_BUNDLES}::test_each_way_of_writing_needs_its_own_letter_and_each_kind_has_its_own_ways"),
    Mutant("bundles: a patch is a patch", "services/health/api/fhir_bundle_writes.py", ' and said.get("contentType") == PATCHING', "",
           f"{_BUNDLES}::test_an_answer_a_patch_and_what_ends_a_subscription_are_entries_too"),
)

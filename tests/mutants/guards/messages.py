"""Guards of what hospitals tell us over HL7 v2."""

from tests.mutants.mutant import Mutant

_TEST = "tests/health/test_messages.py"
_WIRE = "services/health/clients/mllp.py"
_KEEP, _DO = "services/health/actions/messages.py", "services/health/actions/message_effects.py"
_STORE = "services/health/store/messages.py"
_HEARD = f"{_TEST}::test_only_who_shows_a_hospitals_certificate_is_heard_and_only_of_its_own"
_ODD = f"{_TEST}::test_what_cannot_be_taken_is_said_with_a_code_and_changes_nothing"
_SLOW = f"{_TEST}::test_who_is_slow_or_comes_too_often_is_sent_away"
_TWELVE = f"{_TEST}::test_of_twelve_at_once_one_is_kept_and_all_hear_the_same"

MUTANTS = (
    Mutant("messages: a certificate that is over is none", _WIRE, "made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN", "made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(0x200000)", _HEARD),
    Mutant("messages: whose certificate it is", "services/health/clients/incoming.py", "(head.part(4), head.part(5)) != (system, US)", "head.part(5) != US", _HEARD),
    Mutant("messages: a hospital speaks of its own", _STORE, "(appointments.c.hospital_id == hospital) & appointments.c.state.not_in(_NEVER_TOLD)\n    return (await work.session.scalars(select(Appointment)", "appointments.c.state.not_in(_NEVER_TOLD)\n    return (await work.session.scalars(select(Appointment)", _HEARD),
    Mutant("messages: a frame has an end", _WIRE, "limit=LARGEST, ", "limit=2**30, ", f"{_TEST}::test_frames_come_in_pieces_or_together_and_what_is_none_ends_the_connection"),
    Mutant("messages: half a frame is waited for so long", _WIRE, "        async with asyncio.timeout(FRAME):\n            frame", "        async with asyncio.timeout(IDLE):\n            frame", _SLOW),
    Mutant("messages: so many connections", _WIRE, "system is None or self._open[system] >= PER_SYSTEM", "system is None", _SLOW),
    Mutant("messages: a control id is one message's", _KEEP, "    if there.digest != digest(told):\n        return Fault.DUPLICATE\n", "", _TWELVE),
    Mutant("messages: kept once", _KEEP, "    if there is not None:\n        return _again(there, told)\n    if await", "    if await", f"{_TEST}::test_a_day_has_room_for_so_many"),
    Mutant("messages: a day has room", _KEEP, "        return Fault.NOT_NOW\n    return await _kept", "        pass\n    return await _kept", f"{_TEST}::test_a_day_has_room_for_so_many"),
    Mutant("messages: not from the time to come", _KEEP, "told.said_at > work.now + AHEAD", "told.control is None", _ODD),
    Mutant("messages: one worker applies it", _STORE, "due.order_by(messages.c.pos).limit(1).with_for_update(skip_locked=True)", "due.order_by(messages.c.pos).limit(1)", _TWELVE),
    Mutant("messages: what is older changes nothing", _DO, "    if await store.is_overtaken(work, one):\n        one.settle(Outcome.OVERTAKEN, at=work.now)\n        return\n", "", f"{_TEST}::test_what_is_older_than_what_was_said_since_changes_nothing"),
    Mutant("messages: what is gone is not booked afterwards", _STORE, "or_(gone, later)", "later", f"{_TEST}::test_a_booking_that_comes_after_its_cancelling_is_not_made"),
    Mutant("messages: nothing while they are asked", _DO, "    if any(ask.leased_until is not None", "    if not asked and any(ask.leased_until is not None", f"{_TEST}::test_while_they_are_asked_nothing_is_decided"),
    Mutant("messages: what waited for an answer has it", _DO, "    await answered(work, seat, Kind.BOOK, Word.NO)\n", "", f"{_TEST}::test_what_is_not_confirmed_yet_is_refused_or_kept_by_what_they_say"),
    Mutant("messages: a seat of ours is ours", "services/health/domain/machine.py", "said.AppointmentCancelled, guards=(_BEFORE, _THEIRS)),", "said.AppointmentCancelled, guards=(_BEFORE,)),", "tests/health/test_machine.py::test_a_seat_that_is_ours_is_booked_at_once_and_no_hospital_has_a_say"),
    Mutant("messages: what is moved is not in its own way", _DO, "            seat.state = State.CANCELLED  # so that it is in the way of the new one no more\n", "", f"{_TEST}::test_what_they_move_to_a_time_we_know_is_moved_and_its_person_hears_it"),
    Mutant("messages: what they booked is not compared", "services/health/store/ledger.py", "~RECORDED, *within", "*within", f"{_TEST}::test_a_booking_of_theirs_is_recorded_for_whom_they_know_by_a_name_of_ours"),
    Mutant("messages: they are told by their name", "services/health/actions/asks.py", "ref = seat.external_ref if due.external_ref is None and await messages.is_theirs_by_name(work, seat.id) else due.external_ref", "ref = due.external_ref", f"{_TEST}::test_a_booking_of_theirs_is_recorded_for_whom_they_know_by_a_name_of_ours"),
    Mutant("messages: who took consent back is nobody", _STORE, "& consents.c.given\n", "\n", f"{_TEST}::test_nobody_is_booked_who_took_consent_back_or_has_that_hour_already"),
    Mutant("messages: nothing of a person stays", "services/health/domain/message.py", "        self.known_as = self.their_slot = self.starts_at = self.ends_at = None\n", "", f"{_TEST}::test_nothing_of_a_person_stays_of_a_message_but_which_appointment"),
    Mutant("messages: forgotten with their person", "services/health/actions/personal.py", "    await messages.forget(work, person)\n", "", f"{_TEST}::test_nothing_of_a_person_stays_of_a_message_but_which_appointment"),
)

"""Guards of video rooms, of the notes of visits, of reminders and calendars."""

from tests.mutants.mutant import Mutant

_TICKETS, _VIDEO, _NOTES = "tests/health/test_tickets.py", "tests/health/test_video.py", "tests/health/test_visit_notes.py"
_TICKET, _ACTS, _STORE = "services/health/domain/ticket.py", "services/health/actions/tickets.py", "services/health/store/tickets.py"
_ROOM, _PEER, _FRAMES = "services/health/actions/room.py", "services/health/actions/peer.py", "services/health/actions/frames.py"
_NOTE, _WRITTEN = "services/health/domain/note.py", "services/health/actions/notes.py"

MUTANTS = (
    Mutant("visits: a ticket is signed", _TICKET, """ or not compare_digest(_written(blind("tickets.ticket", body)), proof):""", ":",
           f"{_TICKETS}::test_a_ticket_that_was_altered_is_none"),
    Mutant("visits: a ticket is of one room", _TICKET, "ticket.appointment_id != room or ", "", f"{_TICKETS}::test_a_ticket_is_good_for_its_room_and_its_two_minutes_alone"),
    Mutant("visits: a ticket is over", _TICKET, "<= at < ticket.ends_at", "<= at", f"{_TICKETS}::test_a_ticket_is_good_for_its_room_and_its_two_minutes_alone"),
    Mutant("visits: the room is not open yet", _TICKET, "if at < seat.starts_at - BEFORE:", "if at < seat.starts_at - 9 * BEFORE:", f"{_TICKETS}::test_the_room_is_open_from_fifteen_minutes_before_until_thirty_after"),
    Mutant("visits: the room closes", _TICKET, "if at >= closes_at(seat):", "if at >= closes_at(seat) + AFTER:", f"{_TICKETS}::test_the_room_is_open_from_fifteen_minutes_before_until_thirty_after"),
    Mutant("visits: only of what is booked", _TICKET, "if seat.state not in _OPEN:", "if seat.state is State.EXPIRED:", f"{_TICKETS}::test_there_is_none_for_what_was_given_back"),
    Mutant("visits: only the doctor of the visit", _TICKET, "if person == seat.doctor_id:", "if person == seat.doctor_id or serves:", f"{_TICKETS}::test_another_doctor_of_the_hut_is_not_of_this_visit"),
    Mutant("visits: a ticket lets in once", _STORE, """        return False
    theirs""", """        await work.session.execute(delete(tickets).where(tickets.c.id == ticket.id))
    theirs""", f"{_VIDEO}::test_of_twelve_who_show_one_ticket_one_is_let_in"),
    Mutant("visits: who is in whose place has to go", _STORE, "tickets.c.id == _THIS, tickets.c.left_at.is_(None)).values(seen_at=_AT)", "tickets.c.id == _THIS).values(seen_at=_AT)",
           f"{_VIDEO}::test_whoever_comes_again_takes_their_own_place_in_another_process_too"),
    Mutant("visits: withdrawn access is no access", _ACTS, "ticket.issued_at < moment for moment in void", "ticket.issued_at > moment for moment in void",
           f"{_VIDEO}::test_a_ticket_is_void_with_its_appointment_its_time_and_its_holders_access"),
    Mutant("visits: nor is that of who acts", _ACTS, "        void.append((await directory.actor(ticket.acting_id))[1])\n", "", f"{_VIDEO}::test_a_ticket_of_a_proxy_is_void_with_the_access_of_who_acts"),
    Mutant("visits: consent is asked at the door", _ACTS, "    await consents.must_be_given(work, seat)\n    return seat, side", "    return seat, side", f"{_VIDEO}::test_a_ticket_is_void_once_consent_is_taken_back"),
    Mutant("visits: and while they are there", _ACTS, "    await consents.must_be_given(work, seat)\n    stays", "    stays", f"{_VIDEO}::test_a_ticket_is_void_once_consent_is_taken_back"),
    Mutant("visits: what ends the appointment ends the room", _ACTS, "    check_open(seat, at=work.now)\n    await consents.must_be_given(work, seat)\n    stays", "    await consents.must_be_given(work, seat)\n    stays",
           f"{_VIDEO}::test_what_ends_the_appointment_or_the_access_ends_the_connection"),
    Mutant("visits: its time ends the room", _ROOM, "            if closes_at <= now:", "            if closes_at == now:", f"{_VIDEO}::test_the_end_of_its_time_closes_the_room"),
    Mutant("visits: only the doctor ends it", _ROOM, "if peer.ticket.side is not Side.DOCTOR:", "if peer.over is not None:", f"{_VIDEO}::test_whoever_says_something_else_has_to_go"),
    Mutant("visits: told to one alone", _PEER, """if said["frame"]["to"] == self.ticket.side and self""", "if self", f"{_VIDEO}::test_three_are_there_and_what_is_said_to_one_is_told_to_one"),
    Mutant("visits: no more than so much at once", _FRAMES, "if self._left < 0:", "if self._left < -9999:", f"{_VIDEO}::test_whoever_says_too_much_has_to_go_and_the_others_hear_no_more_than_that"),
    Mutant("visits: no larger than so", _FRAMES, "if len(text.encode()) > LARGEST:", "if len(text.encode()) > 99 * LARGEST:", f"{_VIDEO}::test_whoever_says_something_else_has_to_go"),
    Mutant("visits: nothing else is said", _FRAMES, """extra="forbid", frozen""", """extra="ignore", frozen""", f"{_VIDEO}::test_whoever_says_something_else_has_to_go"),
    Mutant("visits: whom nobody sees is gone", _ROOM, "await self._database.do(tickets.miss):", "[]:", "tests/health/test_video_lost.py::test_whom_a_dead_process_left_behind_is_gone_half_a_minute_later"),
    Mutant("visits: nobody comes in whom nobody hears", _ROOM, "if not self.stands:", "if self.stands is None:", f"{_VIDEO}::test_without_the_line_to_the_others_nobody_is_let_in_and_the_ticket_stays_good"),
    Mutant("visit notes: a doctor's own visits alone", _WRITTEN, "if seat.doctor_id != doctor:", "if seat.doctor_id is None:", f"{_NOTES}::test_a19_a_doctor_reads_of_their_own_visits_alone"),
    Mutant("visit notes: written while it is fresh", _NOTE, "at < seat.ended_at + OPEN", "at > seat.ended_at", f"{_NOTES}::test_a_note_is_written_from_the_call_until_a_day_after_the_visit"),
    Mutant("visit notes: not before the call", _NOTE, "if not (fresh or seat.state is State.IN_VISIT):", "if not (fresh or seat.state in (State.IN_VISIT, State.ARRIVED)):", f"{_NOTES}::test_a_note_is_written_from_the_call_until_a_day_after_the_visit"),
    Mutant("visit notes: so many versions", _NOTE, "if versions >= MOST:", "if versions >= MOST + 5:", f"{_NOTES}::test_of_twelve_at_once_each_is_a_version_and_there_are_twenty_at_most"),
    Mutant("visit notes: a look leaves a trace", _WRITTEN, """        await work.audit(READ, f"appointment/{seat.id}", actor=by.id)\n""", "", f"{_NOTES}::test_each_look_of_the_doctor_is_audited_and_once_a_day_in_the_patients_register"),
    Mutant("visit notes: and is in the register", "services/health/actions/seen.py", ', "visit_notes.read": _whose, ', ", ", f"{_NOTES}::test_each_look_of_the_doctor_is_audited_and_once_a_day_in_the_patients_register"),
    Mutant("visit notes: forgotten with their patient", "services/health/actions/personal.py", " + await notes.erase(work, person)", "", f"{_NOTES}::test_its_patient_is_handed_it_out_and_with_them_it_is_forgotten"),
    Mutant("visit notes: they move with their patient", "services/health/app.py", "patients.c.person_id, visit_notes.c.person_id,\n", "patients.c.person_id,\n", f"{_NOTES}::test_with_its_patient_it_moves_to_whom_they_turned_out_to_be_and_back"),
    Mutant("visit notes: none of a visit that is nobody's", "services/health/store/notes.py", " | visit_notes.c.appointment_id.in_(retired)", "", f"{_NOTES}::test_it_is_forgotten_when_its_time_is_over_or_its_visit_is_nobodys"),
    Mutant("reminders: each once", "services/health/actions/reminders.py", "seat is not None and await reminders.is_first(work, key, ahead)", "seat is not None",
           "tests/health/test_reminders.py::test_a_day_and_an_hour_before_each_once_whoever_looks"),
    Mutant("reminders: not of what one just booked", "services/health/store/reminders.py", ", ours.booked_at <= ours.starts_at - BEGINS[ahead]", "", "tests/health/test_reminders.py::test_who_books_later_than_that_is_not_told_what_they_know"),
    Mutant("reminders: not of what is called off", "services/health/store/reminders.py", "*soon, ~told, ~off", "*soon, ~told", "tests/health/test_reminders.py::test_nobody_is_reminded_of_what_was_given_back_called_off_or_begun"),
    Mutant("reminders: the nearer one alone", "services/health/domain/reminder.py", "timedelta(hours=2)", "timedelta(0)", "tests/health/test_reminders.py::test_after_an_outage_of_a_day_the_nearer_one_is_said_alone"),
    Mutant("calendars: a staff look leaves a trace", "services/health/actions/calendars.py", "await appointments.look(work, appointment_id, by=by)", """await work.seen(Appointment, appointment_id, by.may("appointments.read"))""", "tests/health/test_calendars.py::test_it_is_its_persons_and_the_huts"),
)

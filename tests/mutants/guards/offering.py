"""Guards of what hospitals offer: 号源表, and times written at the FHIR door."""

from tests.mutants.mutant import Mutant

_SHEETS = "tests/health/test_slot_sheets.py"
_PLAN = "services/health/domain/slot_plan.py"
_ROWS = "services/health/domain/slot_rows.py"
_ACT = "services/health/actions/slot_sheets.py"
_SLOTS = "tests/health/test_fhir_slots.py"
_WRITE = "services/health/actions/fhir_slots.py"
_PLANS = "services/health/actions/fhir_schedules.py"
_OFFER = "services/health/domain/offering.py"
_NAMES = "services/health/store/offers.py"

_RESERVES = "tests/health/test_fhir_reserves.py"
_FREED = f"{_RESERVES}::test_what_is_not_said_stays_and_none_takes_it_away"
_UNFIT = f"{_RESERVES}::test_what_cannot_be_set_aside_is_refused_as_by_the_staffs_doors_and_nothing_changes"
_UNRELEASED = f"{_RESERVES}::test_what_is_not_released_yet_is_closed_by_saying_so_and_opened_to_its_release"
_INACTIVE = f"{_RESERVES}::test_a_schedule_that_is_not_active_offers_nothing_and_what_is_booked_stays"
_RULE = f"{_RESERVES}::test_a_schedules_rule_is_for_new_times_that_do_not_say_it_themselves"

MUTANTS = (
    Mutant("reserves: what is not said stays", _WRITE, "    if offer.set_aside is None:\n", "    if False:\n", _FREED),
    Mutant("reserves: never more than there are", _OFFER, "aside > self.capacity or (aside > 0)", "(aside > 0)", _UNFIT),
    Mutant("reserves: never for ever, never beyond the beginning", _OFFER, " or (aside > 0) != (until is not None) or (until is not None and until > self.starts_at)", "", _UNFIT),
    Mutant("reserves: a rule is whole", _OFFER, "        if ((self.seats > 0), (self.seats > 0)) != (self.days is not None, self.at is not None):\n", "        if False:\n", _UNFIT),
    Mutant("reserves: a rule ends where its time begins", _WRITE, "min(until, offer.starts_at))", "until)", _RULE),
    Mutant("reserves: a rule is for what does not say it", _WRITE, "if offer.set_aside is not None or not is_new else", "if not is_new else", _RULE),
    Mutant("offering: what is not released is closed by who says so", _OFFER, '        if self.stops and self.status == "busy-unavailable":\n            return True\n', "", _UNRELEASED),
    Mutant("offering: a schedule that is not active sells no more", _PLANS, "        await queries.close(work, [row.id for row in times], closed=True)\n", "        str(times)\n", _INACTIVE),
    Mutant("offering: a schedule that is not active offers nothing new", _PLANS, "    await registers.close_pair(work, key, closed=closed)\n", "", _INACTIVE),
    Mutant("offering: never fewer seats than the highest that is somebody's", _PLAN, "want.capacity < there.highest", "want.capacity < 0",
           f"{_SHEETS}::test_never_fewer_seats_than_are_somebodys_and_what_is_booked_stays_as_it_was_booked"),
    Mutant("offering: what is booked stays as it was booked", _PLAN, "there.highest and changes.keys() & set(PLACE)", "there.highest and False",
           f"{_SHEETS}::test_never_fewer_seats_than_are_somebodys_and_what_is_booked_stays_as_it_was_booked"),
    Mutant("offering: another hospital's time is not this one's", _PLAN, 'if there.hospital_id != hospital:\n        return "not-yours"', 'if False:\n        return "not-yours"',
           f"{_SHEETS}::test_a_time_of_another_hospital_is_not_this_ones"),
    Mutant("offering: what is called off is not changed", _PLAN, "if changes and there.slot.closed:", "if False:",
           f"{_SHEETS}::test_a_time_that_is_called_off_is_neither_opened_nor_changed_by_a_sheet"),
    Mutant("offering: a doctor is in one place", _PLAN, 'word = _unfit(want, at) or ("doctor-elsewhere" if busy.meets(want) else None)', "word = _unfit(want, at)",
           f"{_SHEETS}::test_what_nobody_booked_is_changed_and_makes_room_for_what_is_new"),
    Mutant("offering: rows of a sheet do not overlap", _PLAN, '"overlaps-row" if rows.meets(want) else ', "",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: what is over is not offered", _PLAN, "if want.starts_at <= at:", "if False:",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: a sheet with a wrong row does nothing", _ACT, "    if found.problems:\n", "    if False:\n",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: the doctors' turns are taken", _ACT, "sorted(doctors) if holding else ()", "()",
           f"{_SHEETS}::test_of_twelve_who_bring_in_the_same_sheet_at_once_one_does"),
    Mutant("offering: a pool of theirs takes no sheet", _ACT, "if hospital.pool is not Pool.OURS:", "if False:",
           f"{_SHEETS}::test_of_a_hospital_with_a_pool_of_its_own_nothing_is_brought_in"),
    Mutant("offering: a sheet needs the letter u as well", _ACT, '    through(by, "fhir.offer", "Slot", "u")\n', "",
           f"{_SHEETS}::test_both_letters_are_wanted_before_anything_is_read"),
    Mutant("offering: no cell of a report is calculated", "chassis/sheets.py", """return f"'{cell}" if""", "return cell if",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: a formula is no cell", _ROWS, "if text.startswith(FORMULA):", "if False:",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: a doctor of another hospital is not this one's", "services/health/store/slot_sheets.py", "its_own, *holds", "*holds",
           f"{_SHEETS}::test_whose_office_is_at_another_hospital_is_not_this_ones_doctor"),
    Mutant("offering: of two doctors of a name none is meant", _ACT, "    if len(named) != 1:", "    if not named:",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering at the door: who changes a time says which version they read", _WRITE, "        raise VersionWanted\n", "        pass\n",
           f"{_SLOTS}::test_what_a_time_is_changes_by_who_read_it_as_it_is"),
    Mutant("offering at the door: a time is written as it was read", _WRITE, "    check_read(now, match)\n", "",
           f"{_SLOTS}::test_of_twelve_who_change_it_at_once_one_does"),
    Mutant("offering at the door: booking state is not written", _OFFER, 'if self.status == "busy" or (now == "busy" and self.status == "free"):', "if False:",
           f"{_SLOTS}::test_never_is_it_less_than_is_booked_nor_other_than_it_was_booked"),
    Mutant("offering at the door: what is not released is not closed by saying so", _OFFER, "            return is_closed\n", '            return now == "busy-unavailable"\n',
           f"{_SLOTS}::test_what_is_not_released_yet_reads_unavailable_and_is_not_closed_by_saying_so"),
    Mutant("offering at the door: who has booked what is closed hears it", _WRITE, "        await calling_off.mark(work, keys, reason)\n", "        str(reason)\n",
           f"{_SLOTS}::test_what_is_said_unavailable_is_called_off_and_free_opens_it_again"),
    Mutant("offering at the door: a time stays where it is", _WRITE, "        raise SlotFixed\n", "        pass\n",
           f"{_SLOTS}::test_what_a_time_is_changes_by_who_read_it_as_it_is"),
    Mutant("offering at the door: twins of a condition wait", _WRITE, "        await work.taking_turns(uuid5(self.hospital.id, kind + repr([*asked])).bytes)\n", "",
           f"{_SLOTS}::test_the_same_creation_makes_one_of_twelve"),
    Mutant("offering at the door: several that fit are none", _WRITE, "        if len(found.rows) > 1:\n", "        if False:\n",
           f"{_SLOTS}::test_a_condition_makes_the_first_changes_the_only_and_refuses_the_many"),
    Mutant("offering at the door: a hospital's own book is not written", _WRITE, "    if hospital.pool is not Pool.OURS:\n", "    if False:\n",
           f"{_SLOTS}::test_a_pool_of_theirs_is_not_written"),
    Mutant("offering at the door: a doctor of a time serves there", _WRITE, "(is_new and found[0].doctor_id not in known.doctors)", "False",
           f"{_SLOTS}::test_whose_office_has_ended_offers_nothing_new"),
    Mutant("offering at the door: a department of a schedule is the hospital's", _PLANS, " or department not in known.departments.values()", "",
           f"{_SLOTS}::test_a_schedule_is_a_doctors_who_serves_there_in_a_department_of_the_hospital"),
    Mutant("offering at the door: a name is one thing's", _WRITE, "        raise OfferNameGiven\n", "        pass\n",
           f"{_SLOTS}::test_the_same_creation_makes_one_of_twelve"),
    Mutant("offering at the door: no name is lost by a creation", _PLANS, "    if there is not None and _is_settled(there, plan):  #", "    if False:  #",
           f"{_SLOTS}::test_a_schedule_is_announced_named_and_read_before_there_is_a_time_in_it"),
    Mutant("offering at the door: a condition is a name", "services/health/api/fhir_body.py", 'if [one.name for one in asked] != ["identifier"]:', "if not asked:",
           f"{_SLOTS}::test_a_condition_makes_the_first_changes_the_only_and_refuses_the_many"),
    Mutant("offering at the door: hours not laid out yet are called off as well", "services/health/actions/calling_off.py", "    for schedule in await store.hours_of(work, pair.department_id, pair.doctor_id):\n        await queries.except_day(work, schedule, day, half, works=False)\n", "",
           f"{_SLOTS}::test_a_day_that_is_not_laid_out_yet_stays_called_off_when_it_is"),
    Mutant("offering at the door: a half is one half", "services/health/store/calling_off.py", '(func.date_part("hour", local) < 12) == (half is Half.MORNING)', "slots.c.id.is_not(None)",
           f"{_SLOTS}::test_a_day_is_called_off_in_one_act_and_who_has_booked_is_offered_another"),
    Mutant("offering at the door: nothing is released later than it was", _NAMES, ", slots.c.opens_at > since)", ", slots.c.opens_at.is_not(None))",
           f"{_SLOTS}::test_times_are_released_at_once_or_earlier_and_by_one_of_twelve"),
    Mutant("offering at the door: who stops or releases read the schedule as it is", _PLANS, '    check_read(rendered("Schedule", found[0]), match)\n', "",
           f"{_SLOTS}::test_a_day_is_called_off_in_one_act_and_who_has_booked_is_offered_another"),
)

"""Guards of what hospitals offer: 号源表, and times written at the FHIR door."""

from tests.mutants.mutant import Mutant

_SHEETS = "tests/health/test_slot_sheets.py"
_PLAN = "services/health/domain/slot_plan.py"
_ROWS = "services/health/domain/slot_rows.py"
_ACT = "services/health/actions/slot_sheets.py"

MUTANTS = (
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
    Mutant("offering: no cell of a report is calculated", "services/health/domain/slot_sheet.py", """return f"'{cell}" if""", "return cell if",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: a formula is no cell", _ROWS, "if text.startswith(FORMULA):", "if False:",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
    Mutant("offering: of two doctors of a name none is meant", _ACT, "    if len(named) != 1:", "    if not named:",
           f"{_SHEETS}::test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done"),
)

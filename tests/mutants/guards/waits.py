"""What waits is said to whom it waits for; what is set against households, and what comes again, as it was known."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_CURES, _CHECKS, _HOMES = "tests/reports/test_cures.py", "tests/reports/test_checks.py", "tests/reports/test_households.py"
_LEFT = "tests/reports/test_exports.py"
_TOLD = "tests/notify/test_notices.py"
_REMINDED = f"{_CURES}::test_its_owner_is_reminded_on_the_day_once_and_the_officers_when_it_is_a_week_over"
_HANDED = f"{_CURES}::test_an_officer_makes_somebody_else_own_it_and_both_hear"
_WAITS = f"{_CHECKS}::test_what_waits_for_staff_is_said_after_four_hours_and_above_after_eight_each_once"
_KNOWN = f"{_HOMES}::test_at_any_instant_it_is_as_the_log_and_the_terms_were"

MUTANTS = (
    Mutant("waits: a cure's day is said once", f"{_R}/domain/cure.py", "            self.reminded_at = at\n", "", _REMINDED),
    Mutant("waits: a cure that is over is said once", f"{_R}/store/cures.py", "select(Cure).where(cures.c.ended_at.is_(None), cures.c.overdue_at.is_(None), or_(first, then))", "select(Cure).where(cures.c.ended_at.is_(None), or_(first, cures.c.review_on <= today - OVERDUE))", _REMINDED),
    Mutant("waits: of a cure that ended nothing is said", f"{_R}/store/cures.py", "select(Cure).where(cures.c.ended_at.is_(None), ", "select(Cure).where(", f"{_CURES}::test_of_what_has_ended_nobody_is_reminded"),
    Mutant("waits: of many workers one says it", f"{_R}/store/cures.py", ".limit(1).with_for_update(skip_locked=True))", ".limit(1))", _REMINDED),
    Mutant("waits: a cure goes to who serves there", f"{_R}/actions/cures.py", "    if not await _serves(work, owner_id, cure.area):\n        raise OwnerNotServing\n", "", _HANDED),
    Mutant("waits: a cure goes to somebody else", f"{_R}/domain/cure.py", "            raise CureOwned\n", "            pass\n", _HANDED),
    Mutant("waits: another owner is audited", f"{_R}/actions/cures.py", '    await work.audit("cures.write", f"cures/{cure.id}", actor=by.id, reason="handed on")\n', "", _HANDED),
    Mutant("waits: notes of a cure are sealed", f"{_R}/actions/cures.py", 'await work.seal(cure.id, "cure_notes", "text", made.id, text)', "text.encode()", f"{_CURES}::test_staff_write_notes_of_it_for_each_other_and_the_database_holds_none_of_their_words"),
    Mutant("waits: repeats of the past", f"{_R}/store/repeated.py", ".filter(repeats.c.found_at <= _AT)", "", f"{_CURES}::test_what_was_found_later_is_not_known_before"),
    Mutant("waits: repeats where one serves", f"{_R}/store/repeated.py", "filed <= _AT, reached(reports.c.area)]", "filed <= _AT]", f"{_CURES}::test_of_all_that_is_filed_it_is_told_how_much_comes_again"),
    Mutant("waits: a check is said twice at most", f"{_R}/domain/check.py", "        self.reminded += 1\n", "", _WAITS),
    Mutant("waits: a check after four hours", f"{_R}/store/checks.py", "_WAITS, checks.c.reminded < MOST_REMINDERS, long\n", "_WAITS, checks.c.reminded < MOST_REMINDERS\n", _WAITS),
    Mutant("waits: no reporter sees that it waits", f"{_R}/actions/checks.py", '{"recipients": (), "check_id"', '{"recipients": (report.reporter_id,), "check_id"', _WAITS),
    Mutant("waits: above after eight hours", "services/notify/consumers/reports.py", "office if event.reminder == 1 else next_up", "office", f"{_TOLD}::test_what_waits_to_be_looked_at_is_said_to_the_office_and_then_to_the_next_one_up"),
    Mutant("waits: households of the past", f"{_R}/store/clustered.py", 'terms.c.area == bindparam("place", type_=AreaPath), terms.c.decided_at <= _AT\n', 'terms.c.area == bindparam("place", type_=AreaPath)\n', _KNOWN),
    Mutant("waits: merges of the past", f"{_R}/store/clustered.py", "_OF_IT = (transitions.c.report_id == reports.c.id, transitions.c.at <= _AT)", "_OF_IT = (transitions.c.report_id == reports.c.id,)", _KNOWN),
    Mutant("waits: a dwelling is no public place", f"{_R}/store/clustered.py", "func.nlevel(reports.c.area) <= NARROWEST, ", "", f"{_HOMES}::test_of_many_who_say_the_same_one_is_counted_and_of_a_thousand_households"),
    Mutant("waits: households of five people", f"{_R}/domain/clustered.py", "self.people < FEWEST or self.households is None", "self.households is None", f"{_HOMES}::test_the_board_tells_it_of_five_people_and_of_no_fewer"),
    Mutant("waits: households are said of one's own", f"{_R}/domain/terms.py", "        self.must_say_households(terms)\n", "", f"{_HOMES}::test_households_are_said_of_the_community_and_its_grids"),
    Mutant("exports: whose reports left hear it", f"{_R}/actions/exports.py", "            work.announce(RecordShown(", "            str(RecordShown(", f"{_LEFT}::test_whose_reports_left_with_a_list_reads_it_in_their_register_once"),
    Mutant("exports: of what nobody fetched nothing is said", f"{_R}/store/exported.py", 'exports.c.state == "fetched", holds', "holds", f"{_LEFT}::test_whose_reports_left_with_a_list_reads_it_in_their_register_once"),
)

"""Guards of what is taken over from another city's system."""

from tests.mutants.mutant import Mutant

_T = "tests/reports/test_intake.py"
_RULES, _ACTS = "services/reports/domain/intake.py", "services/reports/actions/intake.py"

MUTANTS = (
    Mutant("intake: a mark at the beginning is none of the titles", _RULES, 'content.decode("utf-8-sig")', 'content.decode("utf-8")', f"{_T}::test_new_yorks_rows_with_a_mark_at_the_beginning_lines_in_quotes_and_hours_that_were_none"),
    Mutant("intake: lines in quotes are one cell", _RULES, 'csv.reader(io.StringIO(text, newline=""))', "csv.reader(text.splitlines())", f"{_T}::test_new_yorks_rows_with_a_mark_at_the_beginning_lines_in_quotes_and_hours_that_were_none"),
    Mutant("intake: nought and nought is nowhere", _RULES, "    return None if found.lat == 0 and found.lng == 0 else found", "    return found", f"{_T}::test_new_yorks_rows_with_a_mark_at_the_beginning_lines_in_quotes_and_hours_that_were_none"),
    Mutant("intake: closed is passed over", _RULES, '        if closed or _one(row, "status").casefold() in _OVER:\n            raise _Passed("closed")\n', "", f"{_T}::test_san_franciscos_rows_and_georeports"),
    Mutant("intake: closed after it was opened", _RULES, " or ended < opened):", "):", f"{_T}::test_bostons_rows_are_wrong_one_by_one"),
    Mutant("intake: nothing of the future", _RULES, '        if opened > self.now + _AHEAD:\n            raise _Wrong("opened-in-future")\n', "", f"{_T}::test_bostons_rows_are_wrong_one_by_one"),
    Mutant("intake: unknown words are asked about", _RULES, 'self.categories.get(word) or self.categories.get("*")', 'self.categories.get(word, "other")', f"{_T}::test_bostons_rows_are_wrong_one_by_one"),
    Mutant("intake: one key with two words", _RULES, 'raise _Passed("twice") if same else _Wrong("twice-and-different")', 'raise _Passed("twice")', f"{_T}::test_bostons_rows_are_wrong_one_by_one"),
    Mutant("intake: no more cells than titles", _RULES, '        if row.get("\\0more"):\n            raise _Wrong("cells-too-many")\n', "", f"{_T}::test_bostons_rows_are_wrong_one_by_one"),
    Mutant("intake: not a number is nowhere", _RULES, "if not (-90 <= found.lat <= 90 and -180 <= found.lng <= 180):", "if found.lat < -90 or found.lat > 90 or abs(found.lng) > 180:", f"{_T}::test_what_is_no_date_and_no_place_is_wrong"),
    Mutant("intake: so many rows", _RULES, "        if number > MOST_ROWS:", "        if number > 10 * MOST_ROWS:", f"{_T}::test_what_is_no_such_file_is_refused"),
    Mutant("intake: a table leads to categories of ours", _RULES, " or not all(ours in CATEGORIES for ours in found.values()):", ":", f"{_T}::test_a_table_leads_to_categories_of_ours"),
    Mutant("intake: the report calculates nothing", _ACTS, "safe(one.key)", "one.key", f"{_T}::test_the_report_of_what_is_wrong_calculates_nothing"),
    Mutant("intake: nothing while a row is wrong", _ACTS, "    if found.problems:\n        raise IntakeWrong(len(found.problems))\n", "", f"{_T}::test_while_a_row_is_wrong_nothing_is_taken"),
    Mutant("intake: taken once", _ACTS, 'token = by.draft(f"intake/{draft.key}")', 'token = by.draft(f"{work.now}/{draft.key}")', f"{_T}::test_all_of_a_file_is_taken_once_after_it_was_looked_at"),
    Mutant("intake: they take turns", _ACTS, "    await work.taking_turns(by.id.bytes)\n", "", f"{_T}::test_six_who_take_the_same_file_at_once_make_each_report_once"),
)

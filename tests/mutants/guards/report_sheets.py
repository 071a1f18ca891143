"""Sheets of reports: whole or not at all, each paper once, where one serves alone."""

from tests.mutants.mutant import Mutant

_ACTS, _RULE = "services/reports/actions/report_sheets.py", "services/reports/domain/report_sheet.py"
_TEST = "tests/reports/test_report_sheets.py"
_XLSX = "tests/reports/test_report_sheets_xlsx.py"
_HARM = "test_what_is_made_for_harm_or_no_sheet_is_refused_and_nothing_is_filed"

MUTANTS = (
    Mutant("paper: whole or not at all", _ACTS, "    if found.problems:\n        raise ReportSheetUnfit", "    if not found.lines:\n        raise ReportSheetUnfit",
           f"{_TEST}::test_while_a_row_is_wrong_nothing_is_filed_and_each_is_told_with_its_remedy"),
    Mutant("paper: where one serves", _ACTS, "    if not any(contains(area, line.area) for area in areas):", "    if not areas:",
           f"{_TEST}::test_what_lies_where_one_does_not_serve_is_refused_whether_it_is_there_or_not"),
    Mutant("paper: staff alone", _ACTS, "    if not areas:\n        raise NotAllowedHere", "    if areas is None:\n        raise NotAllowedHere",
           f"{_TEST}::test_a_resident_hands_in_no_sheet"),
    Mutant("paper: its number names it", _RULE, 'uuid5(person, f"sheet/{self.key}")', 'uuid5(person, f"sheet/{self.key}{id(self)}")',
           f"{_TEST}::test_a_paper_that_comes_again_is_filed_once_also_of_twelve_at_once"),
    Mutant("paper: counted in turn", _ACTS, "    await work.taking_turns(by.id.bytes)\n", "",
           f"{_TEST}::test_a_paper_that_comes_again_is_filed_once_also_of_twelve_at_once"),
    Mutant("paper: no formulas", _RULE, '        raise Unfit("formula")\n', "        pass\n",
           f"{_TEST}::test_every_way_to_be_wrong_is_told_by_its_row"),
    Mutant("paper: a number once in a sheet", _RULE, '        yield COLUMNS["key"].title, "twice"', "        yield from ()",
           f"{_TEST}::test_every_way_to_be_wrong_is_told_by_its_row"),
    Mutant("paper: read with its bounds", _ACTS, "parts=100", "parts=10_000", f"{_XLSX}::{_HARM}[parts]"),
)

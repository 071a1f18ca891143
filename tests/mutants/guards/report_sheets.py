"""Sheets of reports: whole or not at all, each paper once, where one serves alone."""

from tests.mutants.mutant import Mutant

_ACTS, _RULE = "services/reports/actions/report_sheets.py", "services/reports/domain/report_sheet.py"
_TEST = "tests/reports/test_report_sheets.py"
_FILES, _XLSX = "services/reports/actions/sheet_files.py", "tests/reports/test_report_sheets_xlsx.py"
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
    Mutant("paper: no zip bomb", _FILES, " or sum(part.file_size for part in parts) > _UNZIPPED:", ":", f"{_XLSX}::{_HARM}[bomb]"),
    Mutant("paper: no document type", _FILES, ' or b"<!DOCTYPE" in said', "", f"{_XLSX}::{_HARM}[dtd]"),
    Mutant("paper: no macros, no links", _FILES, "any(word in name for word in _FOREIGN) or ", "", f"{_XLSX}::{_HARM}[macros]"),
    Mutant("paper: no joined cells", _FILES, "    if parser.merged_cells:\n        raise CellsJoined\n", "", f"{_XLSX}::{_HARM}[joined]"),
    Mutant("paper: no cached values", _FILES, "data_only=False", "data_only=True", f"{_XLSX}::test_a_formula_is_refused_by_its_place_whatever_value_it_had"),
    Mutant("paper: read with little memory", "services/reports/actions/sheet_reader.py", "    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))\n", "", f"{_XLSX}::test_a_small_file_that_takes_all_memory_gets_a_bounded_part_of_it"),
    Mutant("paper: a row once", _FILES, "        if number in numbers:\n            raise NotASheet\n", "", f"{_XLSX}::{_HARM}[twice]"),
)

"""Workbooks: within bounds, plain, each cell of one row."""

from tests.mutants.mutant import Mutant

_READER, _TEST = "chassis/workbooks.py", "tests/chassis/test_workbooks.py"

MUTANTS = (
    Mutant("a workbook: no cached values", _READER, "data_only=False", "data_only=True",
           "tests/identity/test_sheets.py::test_a_formula_is_refused_whatever_value_it_had"),
    Mutant("a workbook: no merged cells", _READER, "    if parser.merged_cells:\n        raise CellsMerged\n", "",
           f"{_TEST}::test_merged_cells_are_refused"),
    Mutant("a workbook: no zip bomb", _READER, " or sum(part.file_size for part in parts) > most.unpacked:", ":",
           f"{_TEST}::test_a_zip_bomb_is_not_unpacked"),
    Mutant("a workbook: few parts", _READER, "    if len(parts) > most.parts or sum", "    if sum",
           f"{_TEST}::test_a_zip_of_very_many_parts_is_not_looked_into"),
    Mutant("a workbook: no document type", _READER, ' or b"<!DOCTYPE" in said', "",
           f"{_TEST}::test_a_document_type_or_what_hides_one_is_refused"),
    Mutant("a workbook: no macros, no links", _READER, "any(word in name for word in _FOREIGN) or ", "",
           f"{_TEST}::test_a_part_that_no_list_has_is_refused_by_its_name"),
    Mutant("a workbook: little memory", _READER, "    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))\n", "",
           f"{_TEST}::test_a_small_file_that_takes_all_memory_gets_a_bounded_part_of_it"),
    Mutant("a workbook: beside the loop", _READER, "            return _told(await _by_reader(content, most))\n", "            return parse(content, most)\n",
           f"{_TEST}::test_a_small_file_that_takes_minutes_is_given_up_and_the_loop_goes_on"),
    Mutant("a workbook: bounded text", _READER, " or letters > most.text:", ":",
           f"{_TEST}::test_one_long_text_in_every_cell_is_refused_before_it_is_copied"),
    Mutant("a workbook: a number once", _READER, "        if number in numbers:\n            raise NotASheet\n", "",
           f"{_TEST}::test_two_rows_with_one_number_do_not_pass_for_each_other"),
)

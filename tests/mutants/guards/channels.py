"""Ways by which reports come, and what staff file for others."""

from tests.mutants.mutant import Mutant

_ACTS, _TEST = "services/reports/actions/reports.py", "tests/reports/test_channels.py"
_NOBODY = f"{_TEST}::test_nobody_files_for_others_but_who_serves_there_for_who_lives_there"

MUTANTS = (
    Mutant("channels: who serves where it lies", _ACTS, '    by.may("reports.file_for").check(Spot(filing.area))\n', "", _NOBODY),
    Mutant("channels: for who lives there", _ACTS, "person == by.id or not homes", "person == by.id", _NOBODY),
    Mutant("channels: not for oneself", _ACTS, "    if person == by.id or not homes:", "    if not homes and person != by.id:", _NOBODY),
    Mutant("channels: whose act it was is said", _ACTS, "    work.cause = replace(work.cause, acting=by.id)\n", "",
           f"{_TEST}::test_what_staff_file_for_a_resident_is_the_residents_and_says_whose_act_it_was"),
    Mutant("channels: who agreed", "services/reports/api/filing.py", "consents: Annotated[Literal[True], ", "consents: Annotated[bool | None, ",
           f"{_TEST}::test_without_the_residents_word_nothing_is_filed"),
    Mutant("channels: found on rounds where one serves", _ACTS, "any(contains(one.area, filing.area) for one in by.assignments)", "by.assignments",
           f"{_TEST}::test_staff_who_report_where_they_do_not_serve_report_as_anybody"),
)

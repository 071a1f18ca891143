"""How long it takes and how often it comes back: by the log as it was known, where one serves."""

from tests.mutants.mutant import Mutant

_STORE, _TEST = "services/reports/store/figures.py", "tests/reports/test_pace.py"

MUTANTS = (
    Mutant("pace: a rating does not hide a reopening", _STORE, 'or_(_first.c.action == "reopen", _second.c.action == "reopen")', '_first.c.action == "reopen"',
           f"{_TEST}::test_at_any_instant_the_pace_is_as_a_walk_of_the_log_finds_it"),
    Mutant("pace: where one serves", _STORE, "_step.c.at <= _AT, reached(reports.c.area))", "_step.c.at <= _AT)",
           f"{_TEST}::test_the_pace_is_read_where_one_serves"),
)

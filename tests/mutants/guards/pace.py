"""How long it takes and how often it comes back: by the log as it was known, where one serves."""

from tests.mutants.mutant import Mutant

_ON_TIME, _WALK = "tests/reports/test_on_time.py", "services/reports/domain/punctual.py"
_CLOCKS = "services/reports/store/punctual.py"
_STORE, _TEST = "services/reports/store/figures.py", "tests/reports/test_pace.py"

MUTANTS = (
    Mutant("pace: a rating does not hide a reopening", _STORE, 'or_(_first.c.action == "reopen", _second.c.action == "reopen")', '_first.c.action == "reopen"',
           f"{_TEST}::test_at_any_instant_the_pace_is_as_a_walk_of_the_log_finds_it"),
    Mutant("pace: where one serves", _STORE, "_step.c.at <= _AT, reached(reports.c.area))", "_step.c.at <= _AT)",
           f"{_TEST}::test_the_pace_is_read_where_one_serves"),
    Mutant("on time: what came later is not known", _CLOCKS, "_ENDED = and_(clocks.c.ended_at.is_not(None), clocks.c.ended_at <= _AT)", "_ENDED = clocks.c.ended_at.is_not(None)",
           f"{_ON_TIME}::test_at_any_instant_as_many_were_kept_as_a_walk_of_the_log_finds_with_pauses_and_without"),
    Mutant("on time: a pause is told beside", _WALK, "known.rate(late=plain))", "known.rate(late=late))",
           f"{_ON_TIME}::test_a_pause_of_days_is_left_out_and_told_beside"),
    Mutant("on time: a clock stands still", _WALK, "        (clock.pause if effect.pauses else clock.resume)(at, calendar)", "        pass",
           f"{_ON_TIME}::test_a_pause_of_days_is_left_out_and_told_beside"),
    Mutant("on time: stopped late is late", _WALK, "if late or self.ended is State.MISSED:", "if self.ended is State.MISSED:",
           f"{_ON_TIME}::test_what_is_no_longer_wanted_in_time_is_counted_nowhere_and_what_ran_over_is"),
    Mutant("on time: where one serves", _CLOCKS, "bounds = [begun, ~_NOT_YET, reached(reports.c.area), ", "bounds = [begun, ~_NOT_YET, ",
           f"{_ON_TIME}::test_a_pause_of_days_is_left_out_and_told_beside"),
    Mutant("on time: what took anothers place was not known before", _CLOCKS, "bounds = [begun, ~_NOT_YET, ", "bounds = [begun, ",
           f"{_ON_TIME}::test_of_a_clock_that_took_anothers_place_nothing_was_known_before"),
)

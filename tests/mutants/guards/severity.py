"""How grave a report is: who sets it, once, what its time does, who hears of it, and where nothing is told."""

from tests.mutants.mutant import Mutant

_R, _TEST, _SHOWN = "services/reports", "tests/reports/test_severity.py", "tests/reports/test_severity_shown.py"
_TOLD = "tests/notify/test_notices.py::test_an_event_tells_whom_it_concerns"
_HEARS = "services/notify/consumers/reports.py"

MUTANTS = (
    Mutant("severity: of what was read", f"{_R}/domain/report.py", "        if instead_of is not self.severity:\n            raise SeverityMoved(current=self.severity)\n", "",
           f"{_TEST}::test_of_many_who_wait_to_set_it_one_is_first"),
    Mutant("severity: another", f"{_R}/domain/report.py", "        if to is self.severity:\n            raise SameSeverity\n", "",
           f"{_TEST}::test_only_another_than_was_read_is_taken_and_only_one_of_the_four"),
    Mutant("severity: by whom", f"{_R}/domain/rights.py", '"reports.grade": Rule(roles=OFFICES)', '"reports.grade": Rule(roles=OFFICES, owner=True)',
           f"{_TEST}::test_who_takes_reports_on_there_sets_it_and_nobody_else"),
    Mutant("severity: while work is not over", f"{_R}/domain/machine.py", 'Step("grade", _OPEN | {_S.AWAITING_REPORTER},', 'Step("grade", _OPEN | {_S.AWAITING_REPORTER, _S.RESOLVED},',
           f"{_TEST}::test_of_what_is_over_or_carried_by_another_it_is_not_set"),
    Mutant("severity: by its category", f"{_R}/domain/severity.py", "BY_CATEGORY.get(category, Severity.MINOR)", "Severity.MINOR",
           f"{_TEST}::test_every_report_has_one_from_the_beginning_by_what_it_is_about"),
    Mutant("severity: no more by a claim", f"{_R}/domain/severity.py", "IN_DANGER = Severity.MODERATE", "IN_DANGER = Severity.SEVERE",
           f"{_TEST}::test_who_says_that_there_is_danger_is_looked_at_a_little_sooner_and_sets_no_more"),
    Mutant("severity: danger is heard", f"{_R}/api/filing.py", "            is_dangerous=self.is_dangerous,\n", "",
           f"{_TEST}::test_who_says_that_there_is_danger_is_looked_at_a_little_sooner_and_sets_no_more"),
    Mutant("severity: stands in the chain", f"{_R}/domain/report.py", "self._go(step, by, at, reason, changed(former, to))", "self._go(step, by, at, reason)",
           f"{_TEST}::test_it_stays_where_it_stands_and_what_it_was_stands_in_the_chain"),
    Mutant("severity: the clock follows", f"{_R}/domain/clock.py", '"grade": Effect(replaces=(Kind.RESOLVE,)),', '"grade": Effect(),',
           f"{_TEST}::test_what_is_grave_is_due_in_two_hours_from_its_own_start_and_again_as_before"),
    Mutant("severity: the shorter time", f"{_R}/domain/terms.py", "min((usual, grave), key=lambda one: due(since, one, self.calendar))", "min((usual, grave), key=lambda one: one.minutes)",
           f"{_TEST}::test_of_two_times_to_resolve_that_which_is_over_first_counts"),
    Mutant("severity: the time to resolve alone", f"{_R}/domain/terms.py", "self.severity.get(severity) if kind is Kind.RESOLVE else None", "self.severity.get(severity)",
           f"{_TEST}::test_of_two_times_to_resolve_that_which_is_over_first_counts"),
    Mutant("severity: terms within bounds", f"{_R}/domain/terms.py", "*self.resolve.values(), *self.severity.values())", "*self.resolve.values())",
           f"{_TEST}::test_a_community_gives_levels_times_of_their_own_and_terms_of_before_the_default"),
    Mutant("severity: a part of it", f"{_R}/actions/parts.py", "severity=graver(begins(wanted.category, is_dangerous=False), report.severity),", "severity=begins(wanted.category, is_dangerous=False),",
           f"{_TEST}::test_a_part_is_as_grave_as_its_report_at_least"),
    Mutant("severity: it ends no dispatch", f"{_R}/store/figures.py", "not in ('reclassify', 'divide', 'grade')", "not in ('reclassify', 'divide')",
           f"{_TEST}::test_it_follows_neither_dispatch_nor_resolution"),
    Mutant("severity: so grave at least", f"{_R}/actions/worklists.py", 'values["severity"] = at_least(question.filters.severity)', 'values["severity"] = [question.filters.severity]',
           f"{_SHOWN}::test_lists_ask_for_what_is_so_grave_at_least_and_say_it"),
    Mutant("severity: words of today", f"{_R}/domain/worklist.py", "said is None or said in set(Severity)", "said is None or isinstance(said, str)",
           f"{_SHOWN}::test_a_view_keeps_it_and_says_when_the_word_is_none_any_more"),
    Mutant("severity: a rule asks", f"{_R}/domain/routing.py", "case.severity.rank < self.severity_at_least.rank", "False",
           f"{_SHOWN}::test_a_rule_asks_how_grave_it_is_filed"),
    Mutant("severity: as the paper says", f"{_R}/actions/report_sheets.py", "channel=Channel.PAPER, graded=line.severity,", "channel=Channel.PAPER,",
           f"{_SHOWN}::test_a_paper_says_it_in_chinese_and_else_it_is_its_categorys"),
    Mutant("severity: no step in Open311", f"{_R}/store/open311.py", 'not_in(("divide", "grade"))', 'not_in(("divide",))',
           f"{_SHOWN}::test_outside_nothing_is_told_of_it"),
    Mutant("severity: the office hears", _HEARS, "    if event.severity in GRAVE:\n", "    if event.severity == GRAVEST:\n", _TOLD),
    Mutant("severity: not as it grows less", _HEARS, " or event.former_severity == GRAVEST:", ":", _TOLD),
    Mutant("severity: who did it knows", _HEARS, "event.level, event.area)} - {event.changed_by}", "event.level, event.area)}", _TOLD),
)

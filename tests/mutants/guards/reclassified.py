"""A report is about something else: who may say so, once, what its time does, and what is counted."""

from tests.mutants.mutant import Mutant

_R, _TEST = "services/reports", "tests/reports/test_reclassified.py"
_FIGURES, _PACE = "tests/reports/test_figures.py", "tests/reports/test_pace.py"

MUTANTS = (
    Mutant("reclassified: of what was read", f"{_R}/domain/report.py", "        if not former.is_what_was_read(instead_of, to):", "        if not former:",
           f"{_TEST}::test_of_twelve_who_say_so_at_once_one_is_first"),
    Mutant("reclassified: to another", f"{_R}/domain/report.py", "        if to.code == former.code:\n            raise SameCategory\n", "",
           f"{_TEST}::test_only_another_category_than_was_read_is_taken_and_only_a_known_one"),
    Mutant("reclassified: by whom", f"{_R}/domain/rights.py", '"reports.reclassify": Rule(roles=OFFICES)', '"reports.reclassify": Rule(roles=OFFICES, owner=True)',
           "tests/reports/test_staff_say.py::test_who_takes_reports_on_there_says_so_and_nobody_else[classification]"),
    Mutant("reclassified: while work is not over", f"{_R}/domain/machine.py", 'Step("reclassify", _OPEN | {_S.AWAITING_REPORTER},', 'Step("reclassify", _OPEN | {_S.AWAITING_REPORTER, _S.RESOLVED},',
           "tests/reports/test_staff_say.py::test_of_what_is_over_or_carried_by_another_it_is_not_said"),
    Mutant("reclassified: it waits on", f"{_R}/domain/standing.py", "        if step.leads is not None:\n            self.status, self.waits_until = step.leads, None\n", "        self.status, self.waits_until = step.leads or self.status, None\n",
           f"{_TEST}::test_what_waits_goes_on_waiting_until_when_it_did"),
    Mutant("reclassified: a fifth is left", f"{_R}/domain/clock.py", "left = max(policy.allowed - over, policy.allowed * (1 - REMINDED_AT[-1]))", "left = policy.allowed - over",
           f"{_TEST}::test_who_is_late_by_the_new_time_is_reminded_and_has_a_fifth_of_it"),
    Mutant("reclassified: over is over", f"{_R}/actions/clocks.py", "clock.kind not in kinds or clock.is_over(work.now) or", "clock.kind not in kinds or",
           f"{_TEST}::test_a_time_that_is_over_is_not_saved_by_another_category"),
    Mutant("reclassified: what stood still", f"{_R}/domain/clock.py", "over = days.between(self.started_at, until) - made.paused_total", "over = days.between(self.started_at, until)",
           f"{_TEST}::test_it_is_due_as_if_it_had_been_of_that_category_from_the_beginning"),
    Mutant("reclassified: steps are read", f"{_R}/actions/clocks.py", "if step.to_status in STANDS_STILL", "if step.to_status == 'merged'",
           f"{_TEST}::test_what_stood_still_before_is_not_counted"),
    Mutant("reclassified: the past keeps its category", f"{_R}/store/figures.py", '"category": func.coalesce(FORMERLY, reports.c.category),', '"category": reports.c.category,',
           f"{_FIGURES}::test_what_it_is_about_now_does_not_change_what_it_was_about_then"),
    Mutant("reclassified: it ends no dispatch", f"{_R}/store/figures.py", 'sql("next.action not in (\'reclassify\', \'divide\', \'grade\')")', 'sql("next.action not in (\'divide\', \'grade\')")',
           f"{_FIGURES}::test_what_it_is_about_now_does_not_change_what_it_was_about_then"),
    Mutant("reclassified: what follows was known", f"{_R}/store/figures.py", "_step.outerjoin(_first, _first.c.at <= _AT)", "_step.outerjoin(_first, _first.c.seq > 0)",
           f"{_FIGURES}::test_what_it_is_about_now_does_not_change_what_it_was_about_then"),
    Mutant("reclassified: it is looked at anew", f"{_R}/consumers.py", "    await suggest(work, event.report_id)\n    await notice(work, event.report_id)\n\n\n@hooks", "    await notice(work, event.report_id)\n\n\n@hooks",
           f"{_TEST}::test_lists_and_suggested_doubles_go_by_what_it_is_about_now"),
    Mutant("reclassified: who did it knows", "services/notify/consumers/reports.py", "has - {event.changed_by, event.reporter_id}", "has - {event.reporter_id}",
           "tests/notify/test_notices.py::test_an_event_tells_whom_it_concerns"),
)

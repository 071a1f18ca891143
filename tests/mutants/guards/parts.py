"""A report is divided: by whom, how often, when; what is over waits for its parts; and no part is a report that was filed."""

from tests.mutants.mutant import Mutant

_R, _TEST = "services/reports", "tests/reports/test_parts.py"
_RACES, _COUNTED = "tests/reports/test_parts_races.py", "tests/reports/test_parts_counted.py"
_SAME = f"{_COUNTED}::test_the_same_is_told_with_parts_and_without"
_OUTSIDE = f"{_COUNTED}::test_nobody_outside_and_no_follower_hears_of_a_part"

MUTANTS = (
    Mutant("parts: who has it in hand", f"{_R}/domain/machine.py", '"parts", assignee_only=True,', '"parts",', f"{_TEST}::test_it_is_divided_by_who_has_it_in_hand_and_while_they_have"),
    Mutant("parts: two levels", f"{_R}/domain/machine.py", "guards=(_WHOLE, _FEW)", "guards=(_FEW,)", f"{_TEST}::test_what_is_done_with_a_whole_is_not_done_with_a_part"),
    Mutant("parts: ten", f"{_R}/domain/machine.py", "guards=(_WHOLE, _FEW)", "guards=(_WHOLE,)", f"{_TEST}::test_of_twelve_at_once_ten_are_parts_and_the_same_twelve_times_is_one"),
    Mutant("parts: once", f"{_R}/actions/parts.py", "    if known is not None:\n        return await work.session.get_one(Report, known)\n", "", f"{_TEST}::test_of_twelve_at_once_ten_are_parts_and_the_same_twelve_times_is_one"),
    Mutant("parts: none is merged", f"{_R}/domain/machine.py", "guards=(_WHOLE, _PARTS_OVER)", "guards=(_PARTS_OVER,)", f"{_TEST}::test_what_is_done_with_a_whole_is_not_done_with_a_part"),
    Mutant("parts: none is a master", f"{_R}/domain/cluster.py", "    if master.parent_id is not None:\n        raise PartOfAnother\n", "", f"{_TEST}::test_what_is_done_with_a_whole_is_not_done_with_a_part"),
    Mutant("parts: nobody is asked about one", f"{_R}/domain/machine.py", "            guards=(_WHOLE,),\n", "", f"{_TEST}::test_what_is_done_with_a_whole_is_not_done_with_a_part"),
    Mutant("parts: only one is abandoned", f"{_R}/domain/machine.py", '"abandonment", guards=(_PART,)', '"abandonment"', f"{_TEST}::test_only_a_part_is_abandoned_and_by_who_serves_where_it_lies"),
    Mutant("parts: none is open when it is over", f"{_R}/actions/reports.py", '    report = await work.locked(Report, report_id, by.may("reports.resolve"))\n    report.parts = await counted(work, report.id)\n', '    report = await work.locked(Report, report_id, by.may("reports.resolve"))\n', f"{_RACES}::test_while_the_last_part_is_being_resolved_its_report_is_not"),
    Mutant("parts: the report is held", f"{_R}/actions/parts.py", '    report = await work.locked(Report, report_id, by.may("reports.divide"))\n', '    by.may("reports.divide")\n    report = await work.session.get_one(Report, report_id)\n', f"{_RACES}::test_who_divides_and_who_resolves_wait_for_each_other"),
    Mutant("parts: none is open when it is refused", f"{_R}/domain/machine.py", '"reports.decline", "refusal", guards=(_PARTS_OVER,)', '"reports.decline", "refusal"', f"{_TEST}::test_it_is_neither_refused_nor_merged_while_a_part_is_open"),
    Mutant("parts: none is open when it is merged", f"{_R}/actions/clusters.py", "    report.parts = await parts.counted(work, report.id)\n", "", f"{_TEST}::test_it_is_neither_refused_nor_merged_while_a_part_is_open"),
    Mutant("parts: let go", f"{_R}/actions/reports.py", "    await parts.let_go(work, report)\n", "", f"{_TEST}::test_what_its_reporter_withdraws_lets_its_parts_go"),
    Mutant("parts: in the same community", f"{_R}/actions/parts.py", "    if not contains(community_of(report.area), area):\n        raise PartElsewhere\n", "", f"{_TEST}::test_it_lies_where_who_divides_says_in_the_same_community"),
    Mutant("parts: nothing of the forgotten", f"{_R}/actions/parts.py", "    await must_be_known(work, report)\n", "", f"{_RACES}::test_its_words_end_with_the_reporters_key_and_nothing_is_written_anew"),
    Mutant("parts: no person owns one", f"{_R}/domain/standing.py", "return self.divided_by or self.reporter_id", "return self.reporter_id", f"{_TEST}::test_nobody_has_a_reporters_or_a_neighbours_say_in_a_part"),
    Mutant("parts: no neighbour has a say", f"{_R}/domain/support.py", '        if getattr(thing, "parent_id", None) is not None:', "        if False:", f"{_TEST}::test_nobody_has_a_reporters_or_a_neighbours_say_in_a_part"),
    Mutant("parts: no reporter hears", f"{_R}/domain/standing.py", "return (self.reporter_id,) if self.parent_id is None else ()", "return (self.reporter_id,)", f"{_TEST}::test_no_word_of_it_and_no_reporter_is_said_outside"),
    Mutant("parts: no notice to a reporter", "services/notify/consumers/words.py", " if event.parent_id is None else []", "", "tests/notify/test_notices.py::test_an_event_tells_whom_it_concerns"),
    Mutant("parts: not in a reporter's list", f"{_R}/store/queries.py", ".where(or_(FILED, reached(reports.c.area)))", "", f"{_TEST}::test_a_part_lives_as_a_report_does_and_its_reporter_reads_how_it_stands"),
    Mutant("parts: no note to a reporter", f"{_R}/actions/notes.py", "    if report.parent_id is not None and visibility is Visibility.TOLD:\n        raise PartOfAnother\n", "", f"{_TEST}::test_nobody_has_a_reporters_or_a_neighbours_say_in_a_part"),
    Mutant("parts: not shown to everybody", f"{_R}/domain/publication.py", "    if report.parent_id is not None:\n        raise PartOfAnother\n", "", f"{_TEST}::test_nobody_has_a_reporters_or_a_neighbours_say_in_a_part"),
    Mutant("parts: no figures", f"{_R}/store/figures.py", "bounds = [_COUNTED, _within(_step.c.at), _step.c.at <= _AT, FILED]", "bounds = [_COUNTED, _within(_step.c.at), _step.c.at <= _AT]", _SAME),
    Mutant("parts: no pace", f"{_R}/store/figures.py", ".where(_COUNTED, FILED, ", ".where(_COUNTED, ", _SAME),
    Mutant("parts: to divide ends no dispatch", f"{_R}/store/figures.py", "not in ('reclassify', 'divide', 'grade')", "not in ('reclassify', 'grade')", _SAME),
    Mutant("parts: no clock on time", f"{_R}/store/punctual.py", "reached(reports.c.area), FILED, ", "reached(reports.c.area), ", _SAME),
    Mutant("parts: no cluster", f"{_R}/store/clustered.py", "        FILED, filed >= _SINCE,", "        filed >= _SINCE,", _SAME),
    Mutant("parts: none is filed again", f"{_R}/store/repeated.py", "bounds = [FILED, ", "bounds = [", _SAME),
    Mutant("parts: not on the board", f"{_R}/store/board.py", "text(OPEN_TO_ALL), FILED, ", "text(OPEN_TO_ALL), ", f"{_COUNTED}::test_what_a_board_says_is_open_is_what_was_filed"),
    Mutant("parts: no heat", f"{_R}/store/viewport.py", "        FILED,\n", "", _SAME),
    Mutant("parts: not in Open311", f"{_R}/store/open311.py", '"ids", Uuid), FILED,', '"ids", Uuid),', _SAME),
    Mutant("parts: no step in Open311", f"{_R}/store/open311.py", 'FILED, transitions.c.action.not_in(("divide", "grade")),', 'FILED, transitions.c.action != "grade",', _SAME),
    Mutant("parts: nobody's double before filing", f"{_R}/store/doubles.py", "_OPEN = and_(text(OPEN_TO_ALL), FILED)", "_OPEN = and_(text(OPEN_TO_ALL))", _SAME),
    Mutant("parts: not open at a poster", f"{_R}/store/anchors.py", "    FILED, (reports", "    (reports", f"{_COUNTED}::test_what_is_open_at_a_poster_and_its_figures_know_no_part"),
    Mutant("parts: not counted in a day", f"{_R}/store/told.py", "reports.c.submitted_at < _BEFORE, FILED,", "reports.c.submitted_at < _BEFORE,", f"{_COUNTED}::test_no_part_is_learned_from_counted_in_a_day_or_taken_from_a_budget"),
    Mutant("parts: not learned from", f"{_R}/store/classifiers.py", ".where(_MENDED, FILED)", ".where(_MENDED)", f"{_COUNTED}::test_no_part_is_learned_from_counted_in_a_day_or_taken_from_a_budget"),
    Mutant("parts: in nobody's budget", f"{_R}/store/queries.py", "submitted_at.type), FILED,", "submitted_at.type),", f"{_COUNTED}::test_no_part_is_learned_from_counted_in_a_day_or_taken_from_a_budget"),
    Mutant("parts: mended before is no part", f"{_R}/store/cures.py", "    FILED, text(MENDED),", "    text(MENDED),", f"{_COUNTED}::test_what_was_mended_before_is_no_part"),
    Mutant("parts: not followed", f"{_R}/actions/follows.py", "    if report.parent_id is not None:", "    if False:", _OUTSIDE),
    Mutant("parts: not told to hooks", f"{_R}/actions/hooks.py", "report is None or report.parent_id is not None:", "report is None:", _OUTSIDE),
    Mutant("parts: none comes again", f"{_R}/actions/cures.py", "report is None or report.parent_id is not None else", "report is None else", _OUTSIDE),
    Mutant("parts: not asked about outside", f"{_R}/consumers.py", "    if event.parent_id is not None:\n        return\n", "", _OUTSIDE),
    Mutant("parts: not in exports", f"{_R}/actions/worklists.py", '{"filed"} if right == _LEAVES else set()', "set()", f"{_COUNTED}::test_worklists_batches_map_and_search_hold_it_and_an_export_does_not"),
    Mutant("parts: not in a copy as filed", f"{_R}/actions/personal.py", "select(reports).where(reports.c.reporter_id == person, FILED)", "select(reports).where(reports.c.reporter_id == person)", f"{_RACES}::test_its_words_end_with_the_reporters_key_and_nothing_is_written_anew"),
)

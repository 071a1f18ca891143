"""Guards of what everybody may see of what people wrote and photographed."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_T = "tests/reports/test_checks.py"
_ACTS, _STORE, _RULES, _WIRE = f"{_R}/actions/checks.py", f"{_R}/store/checks.py", f"{_R}/domain/check.py", f"{_R}/clients/moderation.py"

MUTANTS = (
    Mutant("checks: the worst counts", _RULES, "return max(said,", "return min(said,", f"{_T}::test_a_sentence_is_asked_about_by_itself_and_the_worst_counts"),
    Mutant("checks: a text leaves nothing out", _RULES, '["".join(sentences[MOST_PARTS - 2 :])]', "[]", f"{_T}::test_the_parts_of_a_text_are_few_and_leave_nothing_out"),
    Mutant("checks: no phone is told to who looks", _ACTS, 'parts(masked(taken.text or "", None))', 'parts(taken.text or "")', f"{_T}::test_no_number_of_a_phone_or_of_papers_is_told_to_who_looks"),
    Mutant("checks: decided once", _RULES, "        if self.state not in TO_LOOK_AT:\n            raise NotToBeLookedAt\n", "", f"{_T}::test_staff_look_once_of_twelve_who_do_at_once"),
    Mutant("checks: tries are bounded", _RULES, "if self.tries >= MOST_TRIES:", "if self.tries >= 10**6:", f"{_T}::test_after_twelve_tries_staff_look_without_a_verdict"),
    Mutant("checks: no verdict is not harmless", _RULES, "            self._judged(State.REVIEW, at)", "            self.suggestion = 'Pass'\n            self._judged(State.PASSED, at)", f"{_T}::test_after_twelve_tries_staff_look_without_a_verdict"),
    Mutant("checks: a verdict is on what was asked", _WIRE, "found.about != about or ", "", f"{_T}::test_a_provider_that_errs_or_lies_has_said_nothing"),
    Mutant("checks: a verdict does not contradict itself", _WIRE, ' or (found.suggestion == "Pass" and found.label != _HARMLESS)', "", f"{_T}::test_a_provider_that_errs_or_lies_has_said_nothing"),
    Mutant("checks: an answer is short", _WIRE, "                if len(read) > _MOST:\n                    raise ValueError\n", "", f"{_T}::test_a_provider_that_errs_or_lies_has_said_nothing"),
    Mutant("checks: nobody is asked in the clear", f"{_R}/settings.py", '({"https", "http"} if is_near else {"https"})', '{"https", "http"}', f"{_T}::test_nobody_is_asked_in_the_clear_or_without_a_key"),
    Mutant("checks: a question is one worker's", _STORE, "checks.c.due_at <= work.now, free)", "checks.c.due_at <= work.now)", f"{_T}::test_a_worker_that_died_is_followed_and_what_it_heard_late_changes_nothing"),
    Mutant("checks: a late verdict changes nothing", _ACTS, " or check.state != State.WAITING or check.tries != taken.attempt:", ":", f"{_T}::test_a_worker_that_died_is_followed_and_what_it_heard_late_changes_nothing"),
    Mutant("checks: held is said once", _ACTS, "    if check.state == State.BLOCKED and not was_held:", "    if check.state != State.VOID:", f"{_T}::test_words_are_asked_about_once_and_the_verdict_is_kept"),
    Mutant("checks: who decides is of an office there", _ACTS, "    report = await work.locked(Report, there.report_id, may)\n", "    report = await work.session.get_one(Report, there.report_id, with_for_update=True)\n", f"{_T}::test_who_may_not_decides_nothing"),
    Mutant("checks: a decision is audited", _ACTS, '    await work.audit("checks.decide", f"checks/{check.id}", actor=by.id, reason=State.REJECTED.value)\n', "", f"{_T}::test_words_that_are_rejected_decline_the_report_and_its_reporter_reads_why"),
    Mutant("checks: a clearance is audited", _ACTS, '    await work.audit("checks.decide", f"checks/{check.id}", actor=by.id, reason=State.CLEARED.value)\n', "", f"{_T}::test_a_clearance_is_audited_and_its_reporter_hears_it"),
    Mutant("checks: what was not let pass is not published", f"{_R}/actions/publications.py", "    if await checks.keeps_back(work, report.id, photo):\n        raise ContentHeld\n", "", f"{_T}::test_a_photo_that_was_not_let_pass_is_published_after_somebody_looked_at_that"),
    Mutant("checks: what was published is closed by a late verdict", f"{_R}/store/publications.py", "    ~is_kept_back(publications.c.report_id, publications.c.id),\n", "", f"{_T}::test_a_verdict_that_comes_late_closes_the_photo_at_once"),
    Mutant("checks: a held report shows nothing", _STORE, "or_((mine.c.subject_id == photo) & of_it, holds)", "(mine.c.subject_id == photo) & of_it", f"{_T}::test_of_a_report_that_is_held_no_photo_is_shown"),
    Mutant("checks: a rejected photo's copy goes", _ACTS, "        await _take_back(work, report, check.subject_id, by)\n", "        pass\n", f"{_T}::test_a_verdict_that_comes_late_closes_the_photo_at_once"),
    Mutant("checks: forgotten with the person", f"{_R}/actions/personal.py", "    await checks.forget_texts(work, select(reports.c.id).where(reports.c.reporter_id == person))\n", "", f"{_T}::test_who_is_forgotten_is_asked_about_no_more"),
    Mutant("checks: forgotten by age", f"{_R}/actions/retention.py", "    await checks.forget_texts(work, [row.id for row in found])\n", "", f"{_T}::test_a_report_whose_reporter_is_forgotten_by_age_keeps_neither_hash_nor_photo"),
    Mutant("checks: what was reported is forgotten by age with its photos", f"{_R}/actions/retention.py", '("before", "after")', '("report", "after")', f"{_T}::test_a_report_whose_reporter_is_forgotten_by_age_keeps_neither_hash_nor_photo"),
)

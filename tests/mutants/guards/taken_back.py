"""Guards of taking back what was sent."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_A, _D = f"{_R}/actions/taking_back.py", f"{_R}/domain/recording.py"
_TESTS = "tests/reports/test_taken_back.py"
_SENDER = f"{_TESTS}::test_its_sender_takes_it_back_and_nobody_else_and_twice_is_once"
_OVER = f"{_TESTS}::test_of_what_is_over_nothing_is_taken_back"
_MENDED = f"{_TESTS}::test_what_a_report_was_resolved_by_stays"
_PHOTO = f"{_TESTS}::test_a_photo_is_seen_by_nobody_any_more_and_staff_read_that_there_was_one"
_HEARD = f"{_TESTS}::test_a_recording_is_heard_by_nobody_any_more_and_staff_read_that_there_was_one"
_DEVELOPED = f"{_TESTS}::test_what_is_developed_while_it_is_taken_back_is_never_ready_and_leaves_nothing"

MUTANTS = (
    Mutant("taken back: by its sender", _A, " or made.sender_id != by.id:", ":", _SENDER),
    Mutant("taken back: of this report", _A, " or made.report_id != report_id", "", _SENDER),
    Mutant("taken back: a photo by its sender", _A, " & (uploads.c.owner_id == by.id)", "",
           f"{_TESTS}::test_a_photo_is_taken_back_by_who_sent_it"),
    Mutant("taken back: a photo of this report", _A, " & (uploads.c.owner_id == by.id) & of", " & (uploads.c.owner_id == by.id)",
           f"{_TESTS}::test_a_photo_is_taken_back_by_who_sent_it"),
    Mutant("taken back: nothing of what is over", _D, "if status in OVER or mended", "if mended", _OVER),
    Mutant("taken back: not what it was resolved by", _D, "in OVER or mended or", "in OVER or", _MENDED),
    Mutant("taken back: what was sent after it was resolved", _A, " and report.resolved_at >= made.created_at", "", _MENDED),
    Mutant("taken back: one after the other", _A, "    report = await work.locked(Report, report_id, may)\n    mended = made",
           "    report = await work.seen(Report, report_id, may)\n    mended = made",
           f"{_TESTS}::test_of_taking_back_and_resolving_at_once_what_it_was_resolved_by_stays"),
    Mutant("taken back: staff look first", _D, " or looked_at:", ":", f"{_TESTS}::test_what_staff_have_yet_to_look_at_waits_for_them"),
    Mutant("taken back: concealed as well", _A, "work.announce(public.conceal(report, by=by.id, at=work.now))", "pass", _PHOTO),
    Mutant("taken back: never what it was", f"{_R}/actions/recordings.py", "    if made.state == State.TAKEN_BACK:", "    if made.state is None:", _HEARD),
    Mutant("taken back: deleted at once", f"{_R}/store/recordings.py", "made = or_(_ours.milliseconds.is_not(None), free", "made = and_(_ours.milliseconds.is_not(None), free", _HEARD),
    Mutant("taken back: not behind who develops it", f"{_R}/store/recordings.py", "made = or_(_ours.milliseconds.is_not(None), free & (", "made = or_(_ours.milliseconds.is_not(None), (", _DEVELOPED),
    Mutant("taken back: once more when its URL is over", _D, "if self.created_at < granted:", "if self.created_at:", _HEARD),
    Mutant("taken back: a photo is deleted at once", _A, "or_(uploads.c.web_key.is_not(None), over)", "over", _PHOTO),
    Mutant("taken back: from the page", "gateway/static/taken.js", 'await call(path, null, "DELETE");', "",
           "tests/e2e/test_poster_photos.py::test_one_of_those_that_were_sent_is_taken_back"),
)

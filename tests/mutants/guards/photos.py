"""Guards of photos that everybody may see: looked at twice, covered, taken back."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_PUBLIC = "tests/reports/test_publications.py"
_BLINDS = "tests/reports/test_blinds.py"
_PRINTS = "tests/reports/test_prints.py"

MUTANTS = (
    Mutant("photos: looked at before it is public", f"{_R}/domain/publication.py", "if self.state not in {State.FOUND, State.CONCEALED}:", "if self.state in {State.PUBLIC}:",
           f"{_PUBLIC}::test_nobody_outside_sees_a_photo_before_detector_and_staff_looked_at_it"),
    Mutant("photos: one decides", f"{_R}/domain/publication.py", "if self.state not in {State.FOUND, State.CONCEALED}:", "if self.state == State.WAITING:",
           f"{_PUBLIC}::test_of_twelve_who_decide_at_once_one_does"),
    Mutant("photos: homes stay closed", f"{_R}/domain/publication.py", 'if report.area.count(".") + 1 > NARROWEST or report', "if report",
           f"{_PUBLIC}::test_a_dwellings_photo_is_never_looked_at_for_it"),
    Mutant("photos: boxes lie within", f"{_R}/domain/publication.py", "if not inside or min(", "if min(",
           f"{_PUBLIC}::test_a_box_that_is_none_is_refused_and_changes_nothing"),
    Mutant("photos: public alone is opened", f"{_R}/store/publications.py", "    publications.c.state == State.PUBLIC.value, uploads.c", "    publications.c.copy_key.is_not(None), uploads.c",
           f"{_PUBLIC}::test_it_is_taken_back_at_once_and_its_copy_deleted"),
    Mutant("photos: out of sight with the report", f"{_R}/store/publications.py", "<= NARROWEST, *(reports.c.status != one for one in sorted(HIDDEN)))", "<= NARROWEST)",
           f"{_PUBLIC}::test_with_its_report_a_photo_goes_out_of_sight"),
    Mutant("photos: forgotten at once", f"{_R}/store/publications.py", 'State.PUBLIC.value, uploads.c.state == "ready", _OURS, _REPORT, _SHOWABLE,', "State.PUBLIC.value, _SHOWABLE,",
           f"{_PUBLIC}::test_of_who_is_forgotten_no_copy_stays"),
    Mutant("photos: copies of the forgotten go", f"{_R}/actions/photos.py", "    await publications.forget(work, files, row.id, row.key)\n", "",
           f"{_PUBLIC}::test_of_who_is_forgotten_no_copy_stays"),
    Mutant("photos: of this report", f"{_R}/store/publications.py", "mine = (publications.c.id == photo) & (publications.c.report_id == report)", "mine = (publications.c.id == photo)",
           f"{_PUBLIC}::test_a_photo_of_another_report_is_not_there"),
    Mutant("photos: what staff said is covered", f"{_R}/actions/publications.py", "None if made.state == State.WAITING else made.covered\n", "None\n",
           f"{_PUBLIC}::test_what_is_shown_to_everybody_is_the_copy_with_the_boxes_that_staff_said"),
    Mutant("photos: the old copy goes first", f"{_R}/actions/publications.py", "        await files.delete(made.copy_key)\n", "",
           f"{_PUBLIC}::test_it_is_taken_back_at_once_and_its_copy_deleted"),
    Mutant("photos: taken back while it is covered", f"{_R}/store/publications.py", "held is not None and held.stands == stood else None", "held is not None else None",
           f"{_PUBLIC}::test_what_is_taken_back_while_it_is_covered_is_not_shown"),
    Mutant("photos: decisions are audited", f"{_R}/actions/publications.py", '    await work.audit("photos.publish", f"photos/{photo}", actor=by.id, reason=how)\n', "",
           f"{_PUBLIC}::test_what_is_shown_to_everybody_is_the_copy_with_the_boxes_that_staff_said"),
    Mutant("photos: nothing is left below", f"{_R}/actions/blinds.py", "resize((_TILES, _TILES), Image", "resize((64, 64), Image",
           f"{_BLINDS}::test_of_what_is_covered_nothing_is_left_but_five_by_five_tiles"),
    Mutant("photos: faces are looked for turned", f"{_R}/actions/blinds.py", "_TURNED = (0, -15, 15)", "_TURNED = (90,)",
           f"{_BLINDS}::test_most_upright_faces_and_plates_of_the_set_are_found"),
    Mutant("photos: a bounded process", f"{_R}/actions/blinds.py", "    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))\n", "",
           f"{_BLINDS}::test_a_copy_is_made_by_a_process_of_its_own_and_says_nothing_but_pixels"),
    Mutant("photos: who takes too long is ended", f"{_R}/actions/shutter.py", "async with asyncio.timeout(_SECONDS):", "async with asyncio.timeout(60):",
           f"{_BLINDS}::test_who_takes_too_long_is_ended"),
    Mutant("photos: what is even looks like nothing", f"{_R}/actions/images.py", "    if ImageStat.Stat(small).stddev[0] < _FLAT:\n        return None\n", "",
           f"{_PRINTS}::test_what_is_the_same_all_over_looks_like_nothing"),
    Mutant("photos: different things are not alike", f"{_R}/domain/likeness.py", ".bit_count() <= _ALIKE", ".bit_count() <= 128",
           f"{_PRINTS}::test_what_shows_the_same_near_it_is_suggested_whatever_was_said"),
    Mutant("photos: alike and near", f"{_R}/domain/likeness.py", "return like.without_words >= _LIKELY", "return True",
           f"{_PRINTS}::test_what_lies_elsewhere_is_not_compared"),
    Mutant("photos: the later is the same as the earlier", f"{_R}/actions/doubles.py", "later, earlier = max(report.id, one.id), min(report.id, one.id)", "later, earlier = report.id, one.id",
           f"{_PRINTS}::test_whichever_is_developed_first_the_pair_is_the_same"),
    Mutant("photos: dismissed stays dismissed", f"{_R}/store/doubles.py", "where=doubles.c.settled_at.is_(None),", "",
           f"{_PRINTS}::test_what_staff_dismissed_stays_dismissed"),
    Mutant("photos: of the forgotten none is compared", f"{_R}/store/prints.py", ', uploads.c.state == "ready")', ")",
           f"{_PRINTS}::test_a_forgotten_persons_photo_is_compared_no_more_and_its_print_goes_with_it"),
    Mutant("photos: prints of the forgotten go", f"{_R}/actions/photos.py", "    await prints.forget(work, row.id)\n", "",
           f"{_PRINTS}::test_a_forgotten_persons_photo_is_compared_no_more_and_its_print_goes_with_it"),
)

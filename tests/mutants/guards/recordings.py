"""Guards of recordings: bounds, a program in a room of its own, who hears them, and what stays of whom."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_D, _A, _S, _W = f"{_R}/domain/recording.py", f"{_R}/actions/recordings.py", f"{_R}/actions/studio.py", f"{_R}/actions/developing.py"
_Q = f"{_R}/store/recordings.py"
_DOOR, _ROOM = "tests/reports/test_recordings.py", "tests/reports/test_studio.py"
_HAND, _KEPT = "tests/reports/test_developing.py", "tests/reports/test_recordings_kept.py"
_NONE = f"{_DOOR}::test_what_cannot_be_used_is_never_heard_and_its_sender_is_told"
_UNREAD = f"{_ROOM}::test_of_what_says_that_it_is_too_much_nothing_is_decoded"
_LIMITS = f"{_ROOM}::test_the_program_has_no_network_no_secret_and_no_disk"
_FORMS = f"{_ROOM}::test_no_other_container_is_known_and_no_file_of_many_streams"
_BARE = f"{_DOOR}::test_of_a_video_nothing_is_left_but_sound_and_pixels"
_HEARD = f"{_DOOR}::test_a_voice_is_written_anew_and_heard_by_its_reporter_and_who_serves_there"
_ONCE = f"{_DOOR}::test_a_recording_is_handed_in_by_who_sends_it_and_once"
_PLACE = f"{_DOOR}::test_a_place_is_for_a_recording_of_its_kind_and_size"
_PUT = f"{_DOOR}::test_what_is_put_is_of_that_size_and_of_that_kind"
_GONE = f"{_KEPT}::test_of_who_is_forgotten_nothing_is_heard_at_once_and_nothing_stays"

MUTANTS = (
    Mutant("recordings: five of a report", _D, "if live >= MOST or ever", "if ever", f"{_DOOR}::test_of_twelve_who_ask_for_the_last_place_one_has_it"),
    Mutant("recordings: one after the other asks", _A, "await work.locked(Report, report_id, may)", "await work.seen(Report, report_id, may)",
           f"{_DOOR}::test_of_twelve_who_ask_for_the_last_place_one_has_it"),
    Mutant("recordings: twenty tries", _D, "live >= MOST or ever >= MOST_EVER", "live >= MOST", f"{_DOOR}::test_what_could_not_be_used_makes_room_but_not_for_ever"),
    Mutant("recordings: of what is over none", _D, "if status in OVER:", "if status is None:", f"{_DOOR}::test_what_is_over_takes_none"),
    Mutant("recordings: so large", _D, " or self.size > LARGEST[self.kind]", "", _PLACE),
    Mutant("recordings: of a type", _D, "self.content_type not in TYPES[self.kind] or ", "", _PLACE),
    Mutant("recordings: as large as was said", _D, "size != self.size or ", "", f"{_DOOR}::test_what_the_store_took_against_its_word_is_not_taken"),
    Mutant("recordings: first bytes", _D, " or container(first) not in CONTAINERS[Kind(self.kind)]", "", _PUT),
    Mutant("recordings: bytes that are there", _A, "            raise RecordingNotThere\n", "            size = made.size\n", _PUT),
    Mutant("recordings: who is slow is given up", _D, "            self.failures += 1\n", "            self.failures += 0\n",
           f"{_HAND}::test_what_takes_too_long_lets_others_go_first_and_is_given_up"),
    Mutant("recordings: one has it", _D, "self.tries + 1, at + LEASE", "self.tries + 1, at", f"{_HAND}::test_of_who_is_killed_in_the_middle_another_does_it_once"),
    Mutant("recordings: who comes late says nothing", _W, " or made.tries != taken.attempt", "", f"{_HAND}::test_who_comes_back_late_changes_nothing"),
    Mutant("recordings: no program is nobody's fault", _D, "        self.leased_until, self.due_at = None, at + timedelta(seconds=20)\n", "        self.due_at = at\n",
           f"{_HAND}::test_while_there_is_no_program_it_waits"),
    Mutant("recordings: what was mended", _A, 'by.may("recordings.mend") if wanted.role is Role.AFTER else by.may("recordings.add")', 'by.may("recordings.add")',
           f"{_DOOR}::test_what_was_mended_is_shown_by_who_serves_there"),
    Mutant("recordings: handed in by its sender", _A, " or made.sender_id != by.id", "", _ONCE),
    Mutant("recordings: of this report", _A, " or made.report_id != report.id", "", _ONCE),
    Mutant("recordings: handed in once", _A, "if made.state == State.GRANTED:", "if made.key:", _ONCE),
    Mutant("recordings: who looked", _A, "    await seen.by_staff(work, report, by)\n", "", _HEARD),
    Mutant("recordings: what was sent goes", _W, "    await files.delete(made.key)  # only what we wrote ourselves is ever served\n", "", _HEARD),
    Mutant("recordings: of what is ready alone", _A, "if made.state == State.READY else {}", "if made.key else {}", _NONE),
    Mutant("recordings: its sender is told", _W, "        await _tell_rejected(work, made)\n", "        pass\n", _NONE),
    Mutant("recordings: memory", _S, 'f"--as={_MEMORY}", ', "", _LIMITS),
    Mutant("recordings: processor", _S, 'f"--cpu={_CPU}", ', "", _LIMITS),
    Mutant("recordings: output", _S, 'f"--fsize={_WRITTEN}", ', "", _LIMITS),
    Mutant("recordings: no secrets", _S, "*said, env=_ENV, pass_fds", "*said, pass_fds", _LIMITS),
    Mutant("recordings: no network", _S, "*_alone(), program, *said", "program, *said", _LIMITS),
    Mutant("recordings: the wall", _S, "async with asyncio.timeout(_SECONDS):", "async with asyncio.timeout(99):",
           f"{_HAND}::test_what_takes_too_long_lets_others_go_first_and_is_given_up"),
    Mutant("recordings: this container", _S, '"-format_whitelist", _DEMUXERS[found], "-f", found,', "", _FORMS),
    Mutant("recordings: few streams", _S, '"-max_streams", str(_MOST_STREAMS), ', "", _FORMS),
    Mutant("recordings: these codecs", _S, '        "-codec_whitelist", decoders,\n', "", _NONE),
    Mutant("recordings: no tags", _S, '"-map_metadata", "-1", ', "", _BARE),
    Mutant("recordings: no chapters", _S, '"-map_chapters", "-1", ', "", _BARE),
    Mutant("recordings: index first", _S, '"-movflags", "+faststart", ', "", _BARE),
    Mutant("recordings: looked at before", _S, "        _must_fit(before, kind)\n", "", _UNREAD),
    Mutant("recordings: so many pixels", _S, "if max(width, height) > WIDEST:", "if max(width, height) > 9999:", _UNREAD),
    Mutant("recordings: no hair", _S, "if min(width, height) < _NARROWEST or max(width, height) > _LONGEST_BY * min(width, height):", "if width < 0:", _UNREAD),
    Mutant("recordings: so many frames", _S, "if frames > _most_frames(LONGEST[Kind.VIDEO]):", "if frames < 0:", _UNREAD),
    Mutant("recordings: as long as it came out", _S, "    if after.seconds > LONGEST[kind] + _SLACK:\n", "    if after.seconds < 0:\n", _NONE),
    Mutant("recordings: as fast as it came out", _S, "if any(frames > _most_frames(after.seconds) for _, _, frames in before.pictures):", "if after.seconds < 0:", _NONE),
    Mutant("recordings: voices wait for no video", _Q, " & (_ours.kind == kind.value)", "", _BARE),
    Mutant("recordings: a video is looked at", _W, "        await checks.begin(work, made.report_id, Checked.VIDEO, made.id)\n", "        pass\n",
           f"{_KEPT}::test_a_video_is_looked_at_by_its_stills_and_a_voice_by_nobody"),
    Mutant("recordings: by each still", f"{_R}/actions/stills.py", "for place in range(stills)]", "for place in range(min(1, stills))]",
           f"{_KEPT}::test_a_video_is_looked_at_by_its_stills_and_a_voice_by_nobody"),
    Mutant("recordings: forgotten with who sent them", f"{_R}/actions/personal.py", "    await recordings.forget_of(work, person)\n", "", _GONE),
    Mutant("recordings: heard by nobody at once", _Q, " & (_ours.state != State.FORGOTTEN.value)", "", _GONE),
    Mutant("recordings: all of it goes", _W, 'for variant in (DEVELOPED, *(f"{STILL}{place}" for place in range(MOST_STILLS))):', "for variant in ():", _GONE),
    Mutant("recordings: what was said of it goes", _W, "    await kept.forget_video(work, made.id)\n", "", _GONE),
    Mutant("recordings: not while its URL takes it", _Q, "free, _ours.created_at < before)", "free)", _GONE),
    Mutant("recordings: not while it is written", _Q, "State.FORGOTTEN.value, free, _ours", "State.FORGOTTEN.value, _ours",
           f"{_KEPT}::test_what_is_developed_while_its_sender_is_forgotten_is_never_ready"),
    Mutant("recordings: with the words", f"{_R}/actions/retention.py", "    await recordings.forget_those(work, [row.id for row in found])\n", "",
           f"{_KEPT}::test_after_years_recordings_go_with_the_words"),
    Mutant("recordings: of two who are one", f"{_R}/actions/merging.py", " recordings.c.sender_id,", "", f"{_KEPT}::test_two_who_are_one_have_one_set_and_come_apart_again"),
    Mutant("recordings: in the copy", f"{_R}/actions/personal.py", "await recordings.of_person(work, person)", "[]", f"{_KEPT}::test_a_copy_of_ones_data_names_what_one_sent"),
    Mutant("recordings: swept", _W, "    await files.delete(made.key)\n    made.swept_at", "    made.swept_at",
           f"{_KEPT}::test_what_nobody_sends_is_forgotten_and_what_was_sent_is_deleted_once_more"),
    Mutant("spoken: a tap is no word", "gateway/static/voice.js", 'if (lasted < SHORTEST_VOICE) return told("short");', "",
           "tests/e2e/test_voice_page.py::test_who_cannot_write_says_it_hears_it_and_reports_it"),
    Mutant("spoken: sent once more", "gateway/static/scan.js", '    at("resay").hidden = false;\n', "",
           "tests/e2e/test_voice_page.py::test_a_voice_that_cannot_be_sent_holds_no_report_back"),
    Mutant("recordings: an iPhone's films are read", _S, '"h264,hevc,aac"', '"h264,aac"',
           "tests/reports/test_hevc.py::test_what_an_iphone_films_is_written_as_h264_of_eight_bits"),
    Mutant("recordings: eight bits of HEVC", _S, ",setsar=1,format=yuv420p", ",setsar=1",
           "tests/reports/test_hevc.py::test_what_an_iphone_films_is_written_as_h264_of_eight_bits"),
    Mutant("recordings: a voice has no HEVC", _S, 'Kind.VOICE: "aac,opus,mp3,mp3float"', 'Kind.VOICE: "aac,opus,mp3,mp3float,hevc"',
           "tests/reports/test_hevc.py::test_a_voice_has_no_pictures_of_it"),
)

"""HEVC, as an iPhone's camera writes it: read as H.264 is, within the same bounds, and never written."""

import struct
from io import BytesIO
from typing import Any

import av
import pytest
from builders.doors import Doors
from builders.recordings import HEVC, frames, listed, played, recorded, scene, sent, streams, tone, works
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reports.actions import studio
from services.reports.domain.recording import Kind

AAC, TEN = ("-c:a", "aac"), ("-pix_fmt", "yuv420p10le")
HLG = ("-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc")
FORMS = {
    "hvc1 in QuickTime": recorded(*scene(2), *tone(2), *HEVC, *AAC, suffix="mov"),
    "hvc1 in MP4": recorded(*scene(2), *tone(2), *HEVC, *AAC),
    "hev1 in MP4": recorded(*scene(2), *tone(2), *HEVC, *AAC, "-tag:v", "hev1"),
    "ten bits": recorded(*scene(2), *tone(2), *HEVC, *TEN, *AAC, suffix="mov"),
    "ten bits, HLG": recorded(*scene(2), *tone(2), *HEVC, *TEN, *HLG, *AAC, suffix="mov"),
    "without sound": recorded(*scene(2), *HEVC, suffix="mov"),
}


def head_says(content: bytes, width: int, height: int) -> bytes:
    """A file whose sample entry says another size than its pictures have."""
    at = content.index(b"hvc1", content.index(b"stsd")) + 4 + 24
    return content[:at] + struct.pack(">HH", width, height) + content[at + 4:]


@pytest.mark.parametrize("form", FORMS)
async def test_what_an_iphone_films_is_written_as_h264_of_eight_bits(reports_doors: Doors, form: str) -> None:
    content = FORMS[form]
    assert ("video", "hevc") in streams(content)
    report, _ = await sent(reports_doors, content, "video", content_type="video/quicktime")
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["state"], one["reason"], one["width"], one["height"]) == ("ready", None, 320, 240)
    made = await played(one["url"])
    assert streams(made) == [("video", "h264"), *([("audio", "aac")] if form != "without sound" else [])]
    assert b"hvc1" not in made
    with av.open(BytesIO(made)) as opened:
        assert opened.streams.video[0].codec_context.pix_fmt == "yuv420p"


async def test_a_phone_held_upright_gives_an_upright_video(reports_doors: Doors, tmp_path: Any) -> None:
    lying = tmp_path / "lying.mov"
    lying.write_bytes(recorded("-f", "lavfi", "-i", "color=red:s=320x120:d=1:r=10,pad=320:240:0:0:blue", *HEVC, suffix="mov"))
    turned = recorded("-i", str(lying), "-c", "copy", "-tag:v", "hvc1", "-metadata:s:v:0", "rotate=90", suffix="mov")
    report, _ = await sent(reports_doors, turned, "video")
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["width"], one["height"]) == (240, 320)
    first = frames(await played(one["url"]))[0]
    left, right = first.getpixel((40, 160)), first.getpixel((200, 160))
    assert sorted((left, right)) == [pytest.approx(one, abs=30) for one in ((0, 0, 255), (255, 0, 0))], "as it was held"


REFUSED = {
    "a film": (lambda: recorded(*scene(1, "2000x1000"), *HEVC), "too-many-pixels"),
    "a long one": (lambda: recorded(*scene(17), *HEVC), "too-long"),
    "sixty frames a second": (lambda: recorded(*scene(2, rate=60), *HEVC), "too-many-frames"),
    "half of one": (lambda: FORMS["hvc1 in MP4"][:9000], "not-readable"),
    "a film whose head says that it is small": (
        lambda: head_says(recorded(*scene(0.5, "5000x2400", 10), *HEVC), 320, 240), "not-readable|too-many-pixels"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_the_bounds_hold(case: str) -> None:
    content, why = REFUSED[case]
    with pytest.raises(studio.NotARecording, match=why):
        await studio.develop(content(), Kind.VIDEO)


async def test_a_voice_has_no_pictures_of_it() -> None:
    with pytest.raises(studio.NotARecording, match="not-readable"):
        await studio.develop(FORMS["hvc1 in MP4"], Kind.VOICE)


async def test_what_takes_too_much_of_the_processor_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    content = recorded(*scene(6, "1920x1080", 30), *HEVC)
    monkeypatch.setattr(studio, "_CPU", 1)
    with pytest.raises(studio.NotARecording, match="too-costly"):
        await studio.develop(content, Kind.VIDEO)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_damaged_one_is_none_or_one_within_bounds(data: st.DataObject) -> None:
    whole = bytearray(recorded(*scene(1, "64x64"), *HEVC))
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = await studio.develop(bytes(whole), Kind.VIDEO)
    except studio.NotARecording:
        return
    assert {name for _, name in streams(made.content)} <= {"h264", "aac"}
    assert made.milliseconds <= 15_500

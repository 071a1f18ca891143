"""The studio: decoded and written anew in a room of its own, within bounds, whatever it is that strangers send."""

import asyncio

import pytest
from builders.recordings import H264, recorded, scene, streams, tone, video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reports.actions import studio
from services.reports.domain.recording import CONTAINERS, Kind


async def test_what_takes_too_much_of_the_processor_or_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    content = video(14, "1920x1080", 30)
    monkeypatch.setattr(studio, "_CPU", 1)
    with pytest.raises(studio.NotARecording, match="too-costly"):
        await studio.develop(content, Kind.VIDEO)
    monkeypatch.setattr(studio, "_CPU", 20)
    monkeypatch.setattr(studio, "_MEMORY", 200 * 1024 * 1024)
    with pytest.raises(studio.NotARecording):
        await studio.develop(content, Kind.VIDEO)


@pytest.mark.parametrize("case", ["a film", "a long one", "a fast one", "a hair"])
async def test_of_what_says_that_it_is_too_much_nothing_is_decoded(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    content = {
        "a film": lambda: video(2, "2000x1000"), "a long one": lambda: video(17), "a fast one": lambda: video(10, "64x64", 60),
        "a hair": lambda: video(1, "1600x16"),
    }[case]()
    run, programs = studio._run, []

    async def noted(program: str, *said: str, files: tuple[int, ...]) -> bytes:
        programs.append(program)
        return await run(program, *said, files=files)

    monkeypatch.setattr(studio, "_run", noted)
    with pytest.raises(studio.NotARecording):
        await studio.develop(content, Kind.VIDEO)
    assert programs == ["ffprobe"]


async def test_no_other_container_is_known_and_no_file_of_many_streams() -> None:
    for suffix in ("avi", "flv", "ts", "mkv"):
        content = recorded(*scene(1), *tone(1), *H264, "-c:a", "aac", suffix=suffix)
        with studio._memory() as kept:
            studio._fill(kept, content)
            for form in ("mov", "ogg"):
                with pytest.raises(studio.NotARecording):
                    await studio._looked(kept, studio._reading(form, "h264,aac"))
    with pytest.raises(studio.NotARecording):
        await studio.develop(recorded(*scene(1), *tone(1), *H264, *("-map", "0", *("-map", "1") * 8), "-c:a", "aac"), Kind.VIDEO)


async def test_a_list_of_addresses_is_never_followed() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/x.ts"
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n"
    lists = [
        f"{head}{address}\n#EXT-X-ENDLIST\n", f"{head}file:///etc/passwd\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{address}'\n", f"v=0\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n",
        f"<MPD><Period><AdaptationSet><Representation><BaseURL>{address}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    ]
    async with server:
        for one in lists:
            for kind in Kind:
                with pytest.raises(studio.NotARecording):
                    await studio.develop(one.encode(), kind)
            for form in sorted(CONTAINERS[Kind.VOICE]):
                with studio._memory() as kept:
                    studio._fill(kept, one.encode())
                    try:
                        look = await studio._looked(kept, studio._reading(form, "aac,opus,mp3,h264"))
                    except studio.NotARecording:
                        continue
                    assert not look.pictures
    assert asked == []


async def test_the_program_has_no_network_no_secret_and_no_disk() -> None:
    said = await studio._run("env", files=())
    assert sorted(line.partition(b"=")[0] for line in said.splitlines()) == [b"MALLOC_ARENA_MAX", b"PATH"]
    if studio._alone():  # where the kernel gives a room without one
        ways = [line.split()[0] for line in (await studio._run("cat", "/proc/net/route", files=())).splitlines()[1:]]
        assert ways == []
    limits = (await studio._run("cat", "/proc/self/limits", files=())).decode()
    for name, most in (("Max address space", studio._MEMORY), ("Max cpu time", studio._CPU), ("Max file size", studio._WRITTEN)):
        assert [line.split()[-3] for line in limits.splitlines() if line.startswith(name)] == [str(most)]


HEADS = [b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3", b"OggS", b"ID3\x04", b"\xff\xf1", b"\xff\xfb", b""]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=400))
async def test_any_bytes_at_all_are_no_recording(head: bytes, rest: bytes) -> None:
    for kind in Kind:
        with pytest.raises(studio.NotARecording):
            await studio.develop(head + rest, kind)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_damaged_video_is_none_or_one_within_bounds(data: st.DataObject) -> None:
    whole = bytearray(video(1, "64x64"))
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = await studio.develop(bytes(whole), Kind.VIDEO)
    except studio.NotARecording:
        return
    assert {name for _, name in streams(made.content)} <= {"h264", "aac"}
    assert made.milliseconds <= 15_500

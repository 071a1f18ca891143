"""The studio: recordings of strangers are decoded and written anew by a program of its own (ffmpeg, decision 0033).

Nothing but sound and pixels is left of what was sent. The program has little memory, little of the processor, no network where
the kernel gives it a room without one, and no file: it reads and writes memory, and what it may read is said beforehand, one
container and few codecs, so that no list of other addresses is ever one. None of our secrets are in its environment.
"""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.reports.domain.recording import CONTAINERS, FASTEST, LONGEST, MOST_STILLS, SNIFFED, WIDEST, Kind, container

_SECONDS = 60.0  # of the clock on the wall, for one run; a video of fifteen seconds takes five of a core of its own
_CPU, _MEMORY, _WRITTEN = 20, 768 * 1024 * 1024, 48 * 1024 * 1024  # seconds; bytes of address space; bytes of output
_ENV = {"PATH": "/usr/bin:/bin", "MALLOC_ARENA_MAX": "1"}
_ALONE = ("unshare", "--user", "--map-current-user", "--net")  # who is nobody outside is nobody within
_DEMUXERS = {
    "mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm", "ogg": "ogg", "mp3": "mp3", "aac": "aac",
}
_DECODERS = {Kind.VOICE: "aac,opus,mp3,mp3float", Kind.VIDEO: "h264,hevc,aac"}
_WRITTEN_AS = {Kind.VOICE: "aac", Kind.VIDEO: "h264,aac"}
_MOST_STREAMS = 8  # a phone writes up to five
_LOOKED_AT = 4096 * 2304  # pixels of a picture that is looked at, to be told that it is too large
_SLACK = 0.5  # seconds by which a phone lets go too late
_NARROWEST, _LONGEST_BY = 16, 40  # pixels; sides of a picture differ by no more than this factor
_SMALLER = "min(1,min(1280/max(iw,ih),720/min(iw,ih)))"
_PICTURE = f"scale=w='trunc(iw*{_SMALLER}/2)*2':h='trunc(ih*{_SMALLER}/2)*2',setsar=1,format=yuv420p"
_BARE = (  # nothing is copied but what was decoded: no tags, chapters, subtitles, data, captions; nor does ffmpeg sign its name
    "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
    "-flags:a", "+bitexact", "-threads", "1", "-movflags", "+faststart", "-f", "mp4",
)
_WRITE = {
    Kind.VOICE: ("-map", "0:a:0", "-vn", "-c:a", "aac", "-ac", "1", "-ar", "32000", "-b:a", "48k"),
    Kind.VIDEO: (
        "-map", "0:V:0", "-map", "0:a:0?", "-vf", _PICTURE, "-fpsmax", str(FASTEST), "-c:v", "libx264", "-profile:v", "main",
        "-preset", "veryfast", "-crf", "26", "-x264-params", "threads=1", "-a53cc", "0", "-bsf:v", "filter_units=remove_types=6",
        "-c:a", "aac", "-ac", "1", "-b:a", "64k",
    ),
}


class NotARecording(Exception):
    """The bytes are no recording we take, or a damaged, long or enormous one; the message is the reason's code."""


class StudioAway(Exception):
    """The program is not there: later."""


@dataclass(frozen=True)
class Made:
    """A recording written anew: MP4; how long, of a video how large, and stills of it (JPEG), the first its poster."""

    content: bytes
    milliseconds: int
    width: int | None = None
    height: int | None = None
    stills: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _Look:
    """What a file says of itself: seconds, and pictures as (width, height, packets)."""

    seconds: float
    pictures: list[tuple[int, int, int]]


async def develop(content: bytes, kind: Kind) -> Made:
    """Write it anew. NotARecording with the reason; StudioAway; TimeoutError where the machine is too slow for it now."""
    found = container(content[:SNIFFED])
    if found is None or found not in CONTAINERS[kind]:
        raise NotARecording("not-readable")
    with _memory() as sent, _memory() as made:
        _fill(sent, content)
        reading = _reading(found, _DECODERS[kind])
        before = await _looked(sent, _reading(found, _DECODERS[kind], _LOOKED_AT))
        _must_fit(before, kind)
        limit = ("-t", str(LONGEST[kind] + 1))
        await _run("ffmpeg", "-nostdin", "-filter_threads", "1", *reading, "-i", _path(sent), *_WRITE[kind], *limit, *_BARE, "-y",
                   _path(made), files=(sent, made))
        after = await _looked(made, _reading("mov", _WRITTEN_AS[kind]))
        _must_have_fitted(before, after, kind)
        width, height, _ = after.pictures[0] if after.pictures else (None, None, 0)
        stills = await _stills(made) if kind is Kind.VIDEO else ()
        return Made(os.pread(made, _WRITTEN, 0), round(after.seconds * 1000), width, height, stills)


def _must_fit(look: _Look, kind: Kind) -> None:
    """By what it says of itself, before anything of it is decoded: a header may lie, and is asked again afterwards."""
    if look.seconds > LONGEST[kind] + _SLACK:
        raise NotARecording("too-long")
    if kind is Kind.VIDEO:
        _must_be_pictures(look.pictures)


def _must_be_pictures(pictures: Sequence[tuple[int, int, int]]) -> None:
    if not pictures:
        raise NotARecording("no-picture")
    for width, height, frames in pictures:
        if max(width, height) > WIDEST:
            raise NotARecording("too-many-pixels")
        if min(width, height) < _NARROWEST or max(width, height) > _LONGEST_BY * min(width, height):
            raise NotARecording("odd-shape")
        if frames > _most_frames(LONGEST[Kind.VIDEO]):
            raise NotARecording("too-many-frames")


def _must_have_fitted(before: _Look, after: _Look, kind: Kind) -> None:
    """What came out is the truth about what was sent."""
    if after.seconds > LONGEST[kind] + _SLACK:
        raise NotARecording("too-long")
    if after.seconds <= 0 or (kind is Kind.VIDEO and not after.pictures):
        raise NotARecording("not-readable")
    if any(frames > _most_frames(after.seconds) for _, _, frames in before.pictures):
        raise NotARecording("too-many-frames")


def _most_frames(seconds: float) -> float:
    """A phone's clock is not ours: a frame more a second, and half a second of them."""
    return (seconds + _SLACK) * (FASTEST + 1)


async def _looked(file: int, reading: Sequence[str]) -> _Look:
    """Each packet is read and counted, what the header says of their number is not believed.

    A file with a stream of a kind that is not read here (subtitles, a cover, ProRes) is refused: ffprobe opens them all.
    """
    shown = "stream=codec_type,width,height,nb_read_packets:format=duration"
    said = json.loads(await _run(
        "ffprobe", *reading, "-count_packets", "-show_entries", shown, "-of", "json", _path(file), files=(file,)
    ))
    streams: list[dict[str, Any]] = said.get("streams", [])
    pictures = [
        (int(one.get("width", 0)), int(one.get("height", 0)), int(one.get("nb_read_packets", 0)))
        for one in streams if one.get("codec_type") == "video"
    ]
    return _Look(float(said["format"].get("duration", 0)), pictures)


async def _stills(made: int) -> tuple[bytes, ...]:
    """Of what we wrote ourselves, one each three seconds."""
    drawn = ("-an", "-vf", "fps=1/3:round=up", "-frames:v", str(MOST_STILLS), "-c:v", "mjpeg", "-q:v", "5", "-f", "image2pipe",
             "pipe:1")
    out = await _run("ffmpeg", "-nostdin", "-filter_threads", "1", *_reading("mov", "h264"), "-i", _path(made),
                     "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1", *drawn, files=(made,))
    end = b"\xff\xd9"  # stands nowhere else: within a JPEG a byte of FF is followed by nought (ITU-T T.81, F.1.2.3)
    return tuple(one + end for one in out.split(end)[:-1])


def _reading(found: str, decoders: str, pixels: int = WIDEST**2) -> tuple[str, ...]:
    """How a file is read: by which container, nothing but it, and what of it is decoded."""
    return (
        "-v", "quiet", "-threads", "1", "-max_streams", str(_MOST_STREAMS), "-max_pixels", str(pixels),
        "-codec_whitelist", decoders,
        "-protocol_whitelist", "file", "-format_whitelist", _DEMUXERS[found], "-f", found,
    )


async def _run(program: str, *said: str, files: tuple[int, ...]) -> bytes:
    """What it says. NotARecording where it fails or takes too much; StudioAway, TimeoutError."""
    if not all(shutil.which(one, path=_ENV["PATH"]) for one in ("prlimit", program)):
        raise StudioAway
    bounds = (f"--as={_MEMORY}", f"--cpu={_CPU}", f"--fsize={_WRITTEN}", "--nofile=64", "--core=0")
    process = await asyncio.create_subprocess_exec(
        "prlimit", *bounds, *_alone(), program, *said, env=_ENV, pass_fds=files,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise NotARecording("too-costly" if process.returncode < 0 else "not-readable")
    return out


@cache
def _alone() -> tuple[str, ...]:
    """A room without a network, where the kernel gives one to who is nobody."""
    done = os.posix_spawnp("unshare", [*_ALONE, "true"], _ENV) if shutil.which("unshare", path=_ENV["PATH"]) else None
    return _ALONE if done is not None and os.waitpid(done, 0)[1] == 0 else ()


@contextlib.contextmanager
def _memory() -> Iterator[int]:
    """A file that is nowhere."""
    file = os.memfd_create("recording")
    try:
        yield file
    finally:
        os.close(file)


def _fill(file: int, content: bytes) -> None:
    done = 0
    while done < len(content):
        done += os.write(file, content[done:])


def _path(file: int) -> str:
    return f"file:/proc/self/fd/{file}"

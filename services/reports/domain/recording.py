"""录音、录像: what somebody said or filmed of a report. Only what the platform wrote anew is ever heard or seen.

The study of reports, sections 2 (row 6) and 6.6 (8): hold-to-talk of up to a minute; what phones send is in the decision 0033.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Invalid
from services.reports.domain.machine import Status


class Kind(StrEnum):
    """What it is."""

    VOICE = "voice"  # 录音
    VIDEO = "video"  # 录像


class Role(StrEnum):
    """What it shows; `after` is said by who serves there, of what was mended."""

    BEFORE = "before"
    CONTEXT = "context"
    AFTER = "after"


class State(StrEnum):
    """How a recording stands."""

    GRANTED = "granted"  # 待上传: its sender may PUT it
    WAITING = "waiting"  # 处理中
    READY = "ready"  # 可播放
    REJECTED = "rejected"  # 无法使用
    TAKEN_BACK = "taken_back"  # 已收回: nobody is shown what it was, and its files are deleted
    FORGOTTEN = "forgotten"  # whose person is: nobody is shown it any more, and it is deleted


TYPES = {
    Kind.VOICE: frozenset({"audio/aac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/webm"}),
    Kind.VIDEO: frozenset({"video/mp4", "video/quicktime"}),
}
CONTAINERS = {Kind.VOICE: frozenset({"aac", "matroska", "mov", "mp3", "ogg"}), Kind.VIDEO: frozenset({"mov"})}
LARGEST = {Kind.VOICE: 2 * 1024 * 1024, Kind.VIDEO: 20 * 1024 * 1024}  # bytes, as sent
LONGEST = {Kind.VOICE: 60, Kind.VIDEO: 15}  # seconds
WIDEST, FASTEST = 1920, 30  # pixels of the longer side, frames a second; of a video as sent
SNIFFED = 16  # bytes that tell what a file is
MOST, MOST_EVER = 5, 20  # of a report: at once, and with those that could not be used
MOST_STILLS = 5  # the poster, and a still of each three seconds more
LEASE = timedelta(minutes=3)  # longer than anything may take
MOST_FAILURES = 3  # whoever had it died over it, or was too slow
TAKEN_BACK = State.TAKEN_BACK.value  # of a photo as well
OVER = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
_MADE_AS = {Kind.VOICE: "audio/mp4", Kind.VIDEO: "video/mp4"}


class RecordingTooLate(Conflict):
    """What is over takes no recording any more."""

    zh = "报事已结束，不能再添加录音或录像"


class RecordingsTooMany(Conflict):
    """A report takes five recordings, and twenty tries in all; of those who ask for the last place at once one has it."""

    zh = "该报事的录音和录像已达上限"


class RecordingNotTaken(Invalid):
    """Voice comes as AAC, MP3, Ogg or WebM of up to 2 MiB, video as MP4 or QuickTime of up to 20 MiB."""

    zh = "不支持该类型或大小的录音、录像"


class RecordingNotThere(Conflict):
    """Its place was granted, but its bytes have not arrived: PUT them first."""

    zh = "录音或录像尚未上传完成，请重新上传"


class RecordingIsAnother(Invalid):
    """What arrived is not what was announced: its size differs, or its first bytes are of no recording of this kind."""

    zh = "上传的文件与声明的大小或类型不符"


class NotTakenBack(Conflict):
    """What was sent stays once the report is over or was resolved by it, and while staff have yet to look at its contents."""

    zh = "报事已结束、已据此办结，或内容正等待工作人员复核，不能收回"


@dataclass(frozen=True)
class Wanted:
    """What somebody means to send: bytes, and the type by which they are PUT, which nobody believes."""

    kind: Kind
    role: Role
    content_type: str
    size: int

    def must_be_taken(self) -> None:
        """RecordingNotTaken."""
        if self.content_type not in TYPES[self.kind] or self.size > LARGEST[self.kind]:
            raise RecordingNotTaken(accepts=sorted(TYPES[self.kind]), largest=LARGEST[self.kind])


@dataclass(frozen=True)
class Outcome:
    """What the studio made of it: how long (milliseconds), how large (bytes, pixels), how many stills; or why nothing."""

    sha256: bytes | None = None
    reason: str | None = None
    milliseconds: int | None = None
    made_size: int | None = None
    width: int | None = None
    height: int | None = None
    stills: int = 0


@dataclass(eq=False)
class Recording:
    """One, from the grant of its place on. `tries` tells who has it now from who had it; the lease is theirs."""

    id: UUID
    report_id: UUID
    sender_id: UUID
    kind: str
    role: str
    content_type: str
    size: int
    key: str
    created_at: datetime
    due_at: datetime
    state: str = State.GRANTED.value
    tries: int = 0
    failures: int = 0
    leased_until: datetime | None = None
    sha256: bytes | None = None
    reason: str | None = None
    milliseconds: int | None = None
    made_size: int | None = None
    width: int | None = None
    height: int | None = None
    stills: int = 0
    swept_at: datetime | None = None

    @property
    def made_as(self) -> str:
        """The type of what was written anew."""
        return _MADE_AS[Kind(self.kind)]

    @property
    def is_gone(self) -> bool:
        """Nobody is shown it."""
        return self.state in {State.TAKEN_BACK, State.FORGOTTEN}

    def take_back(self) -> None:
        """Who sent it wants it gone; of a place that nothing was handed in for nothing is left to tell."""
        self.state = (State.FORGOTTEN if self.state == State.GRANTED else State.TAKEN_BACK).value
        self.sha256 = self.reason = self.swept_at = None

    def empty(self, at: datetime, *, granted: datetime) -> None:
        """Its files are deleted; for good, if nobody can PUT it again (granted before then)."""
        for name, value in vars(Outcome()).items():
            setattr(self, name, value)
        if self.created_at < granted:
            self.swept_at = at

    def submit(self, size: int, first: bytes, at: datetime) -> None:
        """Its bytes are there. RecordingIsAnother."""
        if size != self.size or container(first) not in CONTAINERS[Kind(self.kind)]:
            raise RecordingIsAnother
        self.state, self.due_at = State.WAITING.value, at

    def take(self, at: datetime) -> bool:
        """Somebody develops it; False of what too many died over, which is rejected."""
        if self.leased_until is not None:
            self.failures += 1
        if self.failures >= MOST_FAILURES:
            self.hear(Outcome(reason="too-costly"))
            return False
        self.tries, self.leased_until = self.tries + 1, at + LEASE
        return True

    def put_off(self, at: datetime) -> None:
        """Nothing can be said of it now, through no fault of its own."""
        self.leased_until, self.due_at = None, at + timedelta(seconds=20)

    def hear(self, outcome: Outcome) -> None:
        """It was developed, or cannot be."""
        self.leased_until = None
        for name, value in vars(outcome).items():
            setattr(self, name, value)

    def finish(self) -> bool:
        """What was sent is deleted: it may be heard and seen, or its sender is told why not; whether it may."""
        self.state = (State.READY if self.reason is None else State.REJECTED).value
        return self.reason is None


def must_take_recording(status: Status, live: int, ever: int) -> None:
    """RecordingTooLate, RecordingsTooMany."""
    if status in OVER:
        raise RecordingTooLate
    if live >= MOST or ever >= MOST_EVER:
        raise RecordingsTooMany


def must_be_takeable(status: Status, *, mended: bool, looked_at: bool) -> None:
    """NotTakenBack: of what is over, of what it was resolved by, and of what waits for staff to look at."""
    if status in OVER or mended or looked_at:
        raise NotTakenBack


def container(first: bytes) -> str | None:
    """What a file is by its first bytes, never by its name; None of what is no recording we take.

    ISO/IEC 14496-12 (`ftyp`), RFC 8794 (EBML), RFC 3533 (Ogg), ISO/IEC 13818-7 (ADTS), ISO/IEC 11172-3 (layer III), ID3v2.
    """
    known = {b"\x1aE\xdf\xa3": "matroska", b"OggS": "ogg", b"ID3\x03": "mp3", b"ID3\x04": "mp3"}
    if first[4:8] == b"ftyp":
        return "mov"
    if len(first) < SNIFFED or first[0] != 0xFF:  # noqa: PLR2004 - the first byte of a frame's sync word
        return known.get(first[:4])
    return {0xF0: "aac", 0xF2: "mp3", 0xE2: "mp3"}.get(first[1] & 0xF6)

"""What one in a video room may say: an offer, an answer, a candidate to another one there (RFC 8829), or the end."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, TypeAdapter, ValidationError

from services.health.domain.ticket import Side

LARGEST = 32 * 1024  # bytes of a frame; a session description of a browser has four to ten thousand
BURST, PER_SECOND = 120, 10.0  # frames; candidates come by the dozen, and then for a long time nothing


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Description(_Said):
    """A session description (RFC 8866)."""

    type: Literal["offer", "answer"]
    to: Side
    sdp: Annotated[str, Field(max_length=LARGEST)]


class Candidate(_Said):
    """An ICE candidate as browsers write it (RFC 8839); none: that was the last."""

    type: Literal["candidate"]
    to: Side
    candidate: Annotated[str, Field(max_length=1024)] | None
    sdp_mid: Annotated[str, Field(max_length=32)] | None = None
    sdp_m_line_index: Annotated[int, Field(ge=0, le=64)] | None = None


class End(_Said):
    """The doctor ends the visit."""

    type: Literal["end"]


Frame = Description | Candidate | End
_FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Discriminator("type")])


class Misbehaved(Exception):
    """A frame that no client of ours sends; `code` is that of RFC 6455 section 7.4.1 by which its connection ends."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


def read(message: Any) -> Frame:
    """The frame in a WebSocket message as ASGI gives it; Misbehaved for what is binary, too large, or none."""
    text = message.get("text")
    if text is None:
        raise Misbehaved(1003, "text-wanted")
    if len(text.encode()) > LARGEST:
        raise Misbehaved(1009, "too-large")
    try:
        return _FRAME.validate_json(text)
    except ValidationError:
        raise Misbehaved(1008, "not-a-frame") from None


class Budget:
    """How much one may say: so many frames at once, then so many a second."""

    def __init__(self, now: float) -> None:
        self._left, self._since = float(BURST), now

    def spend(self, now: float) -> None:
        """One frame; Misbehaved if there were too many."""
        self._left = min(float(BURST), self._left + (now - self._since) * PER_SECOND) - 1
        self._since = now
        if self._left < 0:
            raise Misbehaved(1008, "too-many")

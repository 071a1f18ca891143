"""Kinds of device, as a browser or a program says of itself; whoever lies about it is not told apart."""

from datetime import timedelta
from typing import Literal

Kind = Literal["wechat", "android", "apple", "windows", "mac", "linux", "other"]

FORGOTTEN_AFTER = timedelta(days=180)  # as long as a session lives at most: what was not used since is new again
# the first word that is found: a phone that shows our mini-program is first of all WeChat, an Android also says Linux
_WORDS: tuple[tuple[str, Kind], ...] = (
    ("MicroMessenger", "wechat"), ("Android", "android"), ("iPhone", "apple"), ("iPad", "apple"), ("Windows", "windows"),
    ("Mac OS", "mac"), ("Linux", "linux"),
)


def kind(user_agent: str) -> Kind:
    """What a `User-Agent` (RFC 9110 section 10.1.5) says."""
    return next((one for word, one in _WORDS if word in user_agent), "other")

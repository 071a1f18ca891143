"""热点: what so many people meet that the office hears of it by itself, and not only when its time is over."""

GROWN_AT = (5, 20, 80)  # people, each counted once: who filed it, what was merged into it, who meets it too


def reached(people: int) -> int:
    """The highest mark that so many people have reached; 0 before the first."""
    return max((mark for mark in GROWN_AT if people >= mark), default=0)

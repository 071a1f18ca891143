"""The four offices of 吹哨报到, one above the other; a report climbs when those below do not manage."""

from contracts.reports import LADDER

TOP = len(LADDER)
_COURTYARD_LEVEL, _COURTYARD_DEPTH = 2, 5


def above(level: int, area: str) -> int:
    """The next office up, 1 to 4; the courtyard's is skipped where the place lies in no courtyard, the last has none above."""
    next_up = level + 1
    if next_up == _COURTYARD_LEVEL and area.count(".") + 1 < _COURTYARD_DEPTH:
        next_up += 1
    return min(next_up, TOP)

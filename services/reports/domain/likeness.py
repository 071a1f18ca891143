"""照片相似: whether two photos show the same, by a print of a hundred and twenty-eight bits; a reason to look, never a proof."""

from collections.abc import Iterable

from services.reports.domain.double import Candidate, Likeness, Sought, likeness

SIDE = 8  # a print says of eight by eight places whether it grows lighter to the right, and the same downwards
BYTES = 2 * SIDE * SIDE // 8
_ALIKE = 12  # bits of 128 that may differ; of two photos of different things a half does, give or take six
_LIKELY = 0.2  # place × age, from which on two photos that are alike are shown to staff, whatever was said beside them
ALIKE = "照片相似"


def are_alike(some: Iterable[bytes], others: Iterable[bytes]) -> bool:
    """Whether any of these shows what any of those shows."""
    known = [int.from_bytes(one) for one in others]
    return any((int.from_bytes(one) ^ other).bit_count() <= _ALIKE for one in some for other in known)


def pictured(sought: Sought, found: Candidate) -> Likeness:
    """How like two reports are whose photos are alike: by place and age alone, for people call the same thing by other names."""
    same = Sought(found.category, sought.at, None, sought.area, sought.anchor_id, sought.point)
    like = likeness(same, found)
    return Likeness(like.without_words, like.without_words, (like.why[0], ALIKE), words_alike=False)


def is_shown(like: Likeness) -> bool:
    """Whether staff are asked about it."""
    return like.without_words >= _LIKELY

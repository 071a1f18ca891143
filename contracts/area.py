"""Areas: paths of codes from the district down to a room.

`510104.clx.guohuai.g03.dgy1.b03.u2.r0501` is district, subdistrict, community, grid, courtyard, building, unit, room.
"""

import re
from enum import StrEnum

PATTERN = r"^[A-Za-z0-9_]{1,32}(\.[A-Za-z0-9_]{1,32}){0,11}$"
_PATH = re.compile(PATTERN)
_COMMUNITY_DEPTH = 3


class Role(StrEnum):
    """What a person may be in an area; the words of the assignments."""

    RESIDENT = "resident"
    GRID_WORKER = "grid_worker"
    COURTYARD_LEAD = "courtyard_lead"
    COMMUNITY_OFFICER = "community_officer"
    SUBDISTRICT_OFFICER = "subdistrict_officer"
    DOCTOR = "doctor"
    HUT_STAFF = "hut_staff"
    GUARD = "guard"
    PROPERTY = "property"
    PARTNER = "partner"
    DEVICE = "device"
    ADMIN = "admin"
    AUDITOR = "auditor"


def is_path(text: str) -> bool:
    """Whether the text is written as an area path; says nothing about whether the area exists."""
    return _PATH.fullmatch(text) is not None


def contains(area: str, place: str) -> bool:
    """Whether `place` is `area` itself or lies below it."""
    return place == area or place.startswith(f"{area}.")


def lineage(place: str) -> list[str]:
    """The path of every area the place lies in, the largest first, itself the last."""
    codes = place.split(".")
    return [".".join(codes[:length]) for length in range(1, len(codes) + 1)]


def community_of(area: str) -> str:
    """The path of the community a place lies in; a shorter path is its own answer."""
    return ".".join(area.split(".")[:_COMMUNITY_DEPTH])

"""What identity says of two persons who are one, and of two who were taken for one."""

from typing import ClassVar

from contracts.part import _OfTwo


class PeopleMerged(_OfTwo):
    """Two are one: what every service keeps of the source is the survivor's, and the source's id leads to them."""

    topic: ClassVar[str] = "identity.people_merged.v1"


class PeopleSplit(_OfTwo):
    """They are two after all: what was the source's before they were merged is so again, as it has become."""

    topic: ClassVar[str] = "identity.people_split.v1"

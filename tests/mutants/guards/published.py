"""Guards of what is published for everybody."""

from tests.mutants.mutant import Mutant

_PUBLISHED = "tests/health/test_published.py"
_STORE = "services/health/store/published.py"
_OPEN = f"{_PUBLISHED}::test_what_is_not_open_to_everybody_is_not_there"
_ONCE = f"{_PUBLISHED}::test_it_is_looked_at_once_a_minute_whoever_asks_however_often"

MUTANTS = (
    Mutant("published: what is closed is no offer", _STORE, "        ~slots.c.closed, slots.c.modality", "        slots.c.modality", f"{_OPEN}[closed]"),
    Mutant("published: what is by video is no offer", _STORE, "slots.c.modality == Modality.IN_PERSON, ", "", f"{_OPEN}[video]"),
    Mutant("published: the hut is its residents'", _STORE, "        slots.c.room_id.is_(None) | rooms.c.hospital_id.is_not(None), _FREE > 0", "        _FREE > 0", f"{_OPEN}[in_the_hut]"),
    Mutant("published: what is full or set aside is no offer", _STORE, " _FREE > 0, ~_ROOM_BUSY", " ~_ROOM_BUSY", f"{_OPEN}[set_aside]"),
    Mutant("published: a room is in one visit at once", _STORE, " _FREE > 0, ~_ROOM_BUSY", " _FREE > 0", f"{_OPEN}[room_busy]"),
    Mutant("published: what is not released is no offer", _STORE, "    or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at),\n", "", f"{_OPEN}[not_released]"),
    Mutant("published: a closed place is no offer", _STORE, ", rooms.c.closed_at.is_(None),", ",",
           f"{_PUBLISHED}::test_a_place_of_the_hospitals_own_is_named_and_one_that_is_closed_is_not_offered"),
    Mutant("published: no more than so many", _STORE, "_NEAR.limit(most)", "_NEAR.limit(most + 1)",
           f"{_PUBLISHED}::test_a_day_is_one_of_chengdu_and_of_too_many_the_nearest_are_kept"),
    Mutant("published: looked at once a minute", "services/health/actions/publishing.py", "    await work.taking_turns(_TURN)\n    if await _is_fresh(work):\n        return\n", "", _ONCE),
    Mutant("published: who has it already is told so", "services/health/api/fhir_published.py", "    if said.has_it(request, stamps):\n        return Response(None, 304, stamps)\n", "",
           f"{_PUBLISHED}::test_who_has_it_already_is_told_so_and_what_changed_is_another"),
)

"""Whose rows of `people`, `contacts` and `consents` a transaction sees: the words that their row security knows.

The second wall (decision 0025): a query that forgets where its caller serves finds nobody, whatever it asks for.
"""

from chassis.reach import Reach
from chassis.rights import Actor

# Before anybody is known, and where what somebody shows (a number, an account) is looked for whoever's it is.
DOOR = Reach("door")


def of(actor: Actor | None) -> Reach:
    """Of a request: themselves, whoever they are tied to, and who lives or serves in an area where they serve."""
    if actor is None:
        return DOOR
    return Reach("person", actor.id, tuple(sorted({held.area for held in actor.assignments})))

"""Guards of row security."""

from tests.mutants.mutant import Mutant

_REACH = "tests/identity/test_reach.py"

MUTANTS = (
    Mutant("reach: said as a transaction begins", "chassis/line.py", "                if self.reach.word:\n                    await self.reach.say(driver, self._now)\n", "",
           f"{_REACH}::test_j02_a_query_without_a_scope_sees_nobody"),
    Mutant("reach: said for SQLAlchemy's session too", "chassis/line.py", "    if line.reach.word:\n", "    if not line:\n",
           f"{_REACH}::test_j03_no_scope_is_left_on_a_connection"),
    Mutant("reach: ends with the transaction", "chassis/reach.py", "set_config('guohuai.reach', $1, true), set_config('guohuai.person', $2, true)", "set_config('guohuai.reach', $1, false), set_config('guohuai.person', $2, false)",
           f"{_REACH}::test_j03_no_scope_is_left_on_a_connection"),
    Mutant("reach: back to what it was", "chassis/db.py", "        yield\n        await self._line.sees(before)\n", "        yield\n",
           f"{_REACH}::test_who_looks_for_somebody_else_meanwhile_sees_as_before_afterwards"),
    Mutant("reach: a request's own when it reads", "chassis/route.py", "running.database.reading(reach)", "running.database.reading(DOOR)".replace("DOOR", "type(reach)('door')"),
           f"{_REACH}::test_a08_a_door_that_forgot_its_area_shows_nobody_else"),
    Mutant("reach: a request's own when it writes", "chassis/route.py", "acting=None if actor is None else actor.acting), reach=reach)", "acting=None if actor is None else actor.acting), reach=type(reach)('door'))",
           f"{_REACH}::test_a08_a_door_that_forgot_its_area_shows_nobody_else"),
    Mutant("reach: areas where somebody serves", "services/identity/store/reach.py", "{held.area for held in actor.assignments}", "{'510104'}",
           f"{_REACH}::test_a08_a_door_that_forgot_its_area_shows_nobody_else"),
    Mutant("reach: processes own nothing", "chassis/migrate.py", "    'revoke update, delete on audit, audit_roots from \"{service}\"',\n", "",
           "tests/chassis/test_sealing.py::test_j06_the_role_of_a_service_may_not_touch_it"),
)

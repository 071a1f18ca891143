"""Whatever is done with the refresh tokens of a person, in whatever order: a family never forks, and what ends stays ended."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.programs import admit, asked, desk
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.identity.actions import people, sessions
from services.identity.domain.clients import Client


class Families(RuleBasedStateMachine):
    """One person, two programs; the model knows of each family its tokens in order, and whether it has ended."""

    tokens = Bundle("tokens")
    doors: Doors
    loop: asyncio.AbstractEventLoop
    person: Any
    clients: tuple[Client, Client]

    def __init__(self) -> None:
        super().__init__()
        self.clock, begin = timedelta(0), datetime.now(UTC)
        self.doors.running.settings.clock.now = lambda: begin + self.clock  # type: ignore[method-assign]
        self.chains: list[list[str]] = []
        self.used: dict[str, timedelta] = {}
        self.made: dict[str, timedelta] = {}
        self.ended: set[int] = set()

    def done(self, act: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(30)

    @initialize(target=tokens)
    def first(self) -> tuple[int, int]:
        self.done(self.doors.running.database.do(sweep))
        return self.begun()

    @rule(target=tokens)
    def begun(self) -> tuple[int, int]:
        begin = self.doors.running.database.do(
            lambda work: sessions.begin(work, self.person, client=self.clients[0])
        )
        self.chains.append([self.done(begin).refresh_token])
        self.made[self.chains[-1][0]] = self.clock
        return len(self.chains) - 1, 0

    @rule(seconds=some.sampled_from([1, 10, 16, 1790]))
    def time_passes(self, seconds: int) -> None:
        self.clock += timedelta(seconds=seconds)

    @rule(target=tokens, which=tokens, count=some.sampled_from([1, 1, 1, 3]), client=some.sampled_from([0, 0, 0, 1]))
    def refreshed(self, which: tuple[int, int], count: int, client: int) -> tuple[int, int]:
        family, place = which
        chain = self.chains[family]
        token = chain[min(place, len(chain) - 1)]
        answers = self.done(asyncio.wait_for(self.asked(token, count, self.clients[client].client_id), 20))
        given = {answer.json().get("refresh_token") for answer in answers}
        expected = self.expected(family, token, client)
        if expected is None:
            assert given == {None}, "an ended, stolen or over token gave something"
            self.ended.add(family)
            return family, len(chain) - 1
        assert len(given) == 1, "a family forked"
        assert None not in given, "a good token was refused"
        assert expected in ("", *given), "a lost answer was answered with another successor"
        if not expected:
            chain += given
            self.used[token] = self.clock
            self.made[chain[-1]] = self.clock
        return family, len(chain) - 1

    def expected(self, family: int, token: str, client: int) -> str | None:
        """The successor it gave already; empty for a new one; None for a refusal."""
        chain = self.chains[family]
        if family in self.ended or client:
            return None
        if token in self.used:
            successor = chain[chain.index(token) + 1]
            return successor if self.clock - self.used[token] <= timedelta(seconds=15) and successor not in self.used else None
        return "" if self.clock - self.made[token] < timedelta(minutes=30) and self.lives(family) else None

    def lives(self, family: int) -> bool:
        return self.clock - self.made[self.chains[family][0]] < timedelta(hours=12)

    async def asked(self, token: str, count: int, client: str) -> list[Any]:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client}
        return list(await asyncio.gather(*(asked(self.doors, "token", **form) for _ in range(count))))

    @rule(which=tokens)
    def signed_out(self, which: tuple[int, int]) -> None:
        chain = self.chains[which[0]]
        token = chain[min(which[1], len(chain) - 1)]
        assert self.done(asked(self.doors, "revoke", token=token, client_id="desk")).status_code == 200
        self.ended.add(which[0])

    @invariant()
    def one_unused_token_a_family(self) -> None:
        rows = self.done(self.doors.rows(
            "select family_id from refresh_tokens where used_at is null and revoked_at is null group by 1 having count(*) > 1"
        ))
        assert rows == []


async def sweep(work: Any) -> None:
    """Nothing of an earlier run."""
    from services.identity.store.tables import refresh_tokens

    await work.session.execute(refresh_tokens.delete())


async def test_no_order_of_events_forks_a_family_or_wakes_an_ended_one(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = identity_doors.running.settings.clock
    monkeypatch.setattr(clock, "now", clock.now)  # so that it is put back
    await admit(identity_doors, desk(), desk(client_id="counter"))
    own, other = desk(), desk(client_id="counter")
    person = await identity_doors.running.database.do(
        lambda work: people.employ(work, login="wang", password="right", name="王芳")
    )
    machine = type("Machine", (Families,), {
        "doors": identity_doors, "loop": asyncio.get_running_loop(), "person": person, "clients": (own, other),
    })
    bounds = settings(
        max_examples=40, stateful_step_count=30, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=bounds)

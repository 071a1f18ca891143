"""A thousand patients want a hundred seats at once, through the gateway: all are sold, none twice, nobody is left undecided.

Two well-known products sold 105 at this (handbook health, 2.2). The seller is one file, bench/seller.py.
"""

import asyncio
import json
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from builders.faults import commit

from bench.seller import AGAIN, SOLD, TAKEN, Patient, Sale, Seller
from deploy.local.layout import Layout

QUICK = os.environ.get("QUICK") == "1"
SEATS, PATIENTS = (40, 300) if QUICK else (100, 1000)
RUNS = [(32, 1)] if QUICK else [(clients, capacity) for clients in (8, 32, 128) for capacity in (1, 5)]

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


@dataclass
class Ledger:
    """What happened: to be read when something is missing."""

    commit: str
    clients: int
    capacity: int
    asked_again: Counter[str] = field(default_factory=Counter)  # too many at once: the same wish, under the same key
    answers: Counter[str] = field(default_factory=Counter)
    winners: list[str] = field(default_factory=list)
    kept: list[tuple[str, int, str]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    announced: int = 0

    def keep(self, layout: Layout) -> None:
        """Write it down."""
        name = f"ledger-{self.commit[:12]}-stampede-{self.clients}-{self.capacity}.json"
        (layout.data / name).write_text(json.dumps(self.__dict__, indent=1))


async def insisting(seller: Seller, patient: Patient, slot: str, ledger: Ledger) -> None:
    """As a phone does: who is told to wait asks again under the same key, until it is decided."""
    key, answer = {"idempotency-key": str(uuid4())}, AGAIN
    for _ in range(30):
        answer = await seller.ask(patient, slot, key)
        if not answer.startswith(AGAIN):
            break
        ledger.asked_again[answer] += 1
        await asyncio.sleep(1)
    ledger.answers[answer] += 1
    ledger.winners += [str(patient.id)] if answer == SOLD else []


async def rushed(seller: Seller, sale: Sale, ledger: Ledger, chance: random.Random) -> None:
    """Everybody, so many at a time, in an order that the commit gives."""
    slots = sorted(sale.slots)
    wishes = [(patient, slots[n % len(slots)]) for n, patient in enumerate(sale.patients)]
    chance.shuffle(wishes)
    gate = asyncio.Semaphore(ledger.clients)

    async def one(patient: Patient, slot: str) -> None:
        async with gate:
            await insisting(seller, patient, slot, ledger)

    await asyncio.gather(*(one(patient, slot) for patient, slot in wishes))


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: f"{run[0]} clients, {run[1]} to a slot")
async def ledger(request: pytest.FixtureRequest, stack: Layout) -> Ledger:
    """The stampede itself."""
    made, seller = Ledger(commit(), *request.param), Seller(stack)
    async with seller.selling(SEATS, made.capacity, PATIENTS) as sale:
        made.offered = sale.slots
        assert set((await seller.counted(sale)).values()) == {0}
        await rushed(seller, sale, made, random.Random(f"{made.commit} {request.param}"))
        made.kept, made.counted, made.announced = await seller.kept(sale), await seller.counted(sale), await seller.told(sale)
    made.keep(stack)
    return made


async def test_everybody_is_answered_yes_or_no(ledger: Ledger) -> None:
    assert ledger.answers == {SOLD: SEATS, TAKEN: PATIENTS - SEATS}


async def test_every_seat_is_sold_and_none_twice(ledger: Ledger) -> None:
    assert Counter((slot, seat) for slot, seat, _ in ledger.kept) == {
        (slot, seat + 1): 1 for slot, seats in ledger.offered.items() for seat in range(seats)
    }
    assert sum(ledger.offered.values()) == len(ledger.kept) == SEATS


async def test_who_was_told_yes_has_a_seat_and_nobody_else(ledger: Ledger) -> None:
    assert Counter(patient for _, _, patient in ledger.kept) == Counter(ledger.winners)
    assert set(Counter(ledger.winners).values()) == {1}


async def test_what_is_counted_is_what_is_kept_and_each_was_announced_once(ledger: Ledger) -> None:
    assert ledger.counted == Counter(slot for slot, _, _ in ledger.kept)
    assert ledger.announced == SEATS

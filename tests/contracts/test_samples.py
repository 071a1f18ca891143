"""The published language stays readable: a committed sample of every event goes through its class and every consumer."""

import importlib
import json
import re
from datetime import UTC, datetime
from uuid import UUID

import jsonschema
import pytest
from builders.doors import Doors
from builders.samples import CONTRACTS, SAMPLES, sample_of
from builders.world import GRID, RESIDENT, UNIT

from chassis import bus
from chassis.testing import arrived
from contracts.event import EVENTS, Event
from contracts.subscriptions import QUEUES
from deploy.processes import OWNERS, Process

HEARD = [(queue, topic) for queue, topics in sorted(QUEUES.items()) for topic in topics]


def test_every_event_has_a_sample_and_a_schema_and_nothing_else_has() -> None:
    assert set(SAMPLES) == set(EVENTS)
    assert {file.stem for file in (CONTRACTS / "schemas").glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("topic", SAMPLES)
def test_a_sample_is_of_its_shape_and_comes_back_unchanged(topic: str) -> None:
    said = json.loads(SAMPLES[topic])
    jsonschema.validate(said, json.loads((CONTRACTS / "schemas" / f"{topic}.json").read_text()))
    assert json.loads(EVENTS[topic].model_validate_json(SAMPLES[topic]).model_dump_json()) == said


@pytest.mark.parametrize("topic", SAMPLES)
def test_a_newer_publishers_additional_field_is_passed_over(topic: str) -> None:
    EVENTS[topic].model_validate({**json.loads(SAMPLES[topic]), "added_in_2027": 1})


@pytest.mark.parametrize("shape", EVENTS.values(), ids=EVENTS)
def test_an_event_is_named_by_its_service_and_carries_ids_and_few_facts(shape: type[Event]) -> None:
    service, _, rest = shape.topic.partition(".")
    assert re.fullmatch(rf"contracts\.{service}(_\w+)?", shape.__module__), "an event stands in a room of its service"
    assert rest.rpartition(".")[2].startswith("v")
    assert f"{shape.aggregate}_id" in shape.model_fields
    secret = {"name", "phone", "text", "note", "address", "id_number", "photo", "lat", "lng"}
    assert not secret & set(shape.model_fields) or shape.topic in {"identity.area_changed.v1", "identity.unit_changed.v1"}


def sample(topic: str) -> Event:
    """The event as it would arrive: its envelope's area and recipients are those of the tests' world."""
    return sample_of(topic).model_copy(update={"area": UNIT, "recipients": (RESIDENT.id, GRID.id)})


@pytest.mark.parametrize(("queue", "topic"), HEARD)
async def test_every_consumer_takes_its_samples_and_takes_them_once(
    every_door: dict[str, Doors], queue: str, topic: str
) -> None:
    doors = every_door[queue.partition(".")[0]]
    await doors.clean()
    listening = next(one for one in doors.running.service.consumers if one.queue == queue)
    envelope = arrived(sample(topic), datetime.now(UTC))
    database = doors.running.database
    assert await bus.handle(database, listening, envelope) is True
    before = await state(doors)
    assert await bus.handle(database, listening, envelope) is not envelope.event.lasting
    assert await state(doors) == before


async def state(doors: Doors) -> dict[str, list[str]]:
    """Everything the database holds."""
    names = await doors.rows("select quote_ident(tablename) as name from pg_tables where schemaname = 'public'")
    return {row.name: sorted(map(str, await doors.rows(f"select * from {row.name}"))) for row in names}


def test_every_queue_belongs_to_a_service_and_is_read_by_it() -> None:
    read = {
        consumers.queue: sorted(consumers.handlers)
        for owner in OWNERS for consumers in importlib.import_module(f"{Process(owner, 'api').module}.app").service.consumers
    }
    assert read == QUEUES


def test_two_classes_cannot_publish_one_topic() -> None:
    taken = next(iter(EVENTS.values()))
    with pytest.raises(TypeError, match="is published by"):
        type("Twin", (Event,), {
            "topic": taken.topic, "aggregate": "x", "__annotations__": {"x_id": UUID}, "__module__": "contracts.x",
        })
    assert EVENTS[taken.topic] is taken

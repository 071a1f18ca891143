"""The committed samples of every event."""

from pathlib import Path

from contracts.event import EVENTS, Event

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SAMPLES = {file.stem: file.read_text() for file in sorted((CONTRACTS / "samples").glob("*.json"))}


def sample_of(topic: str) -> Event:
    """The event of the sample, without an envelope's area and recipients."""
    return EVENTS[topic].model_validate_json(SAMPLES[topic])

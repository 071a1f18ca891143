"""Who listens to what: queue by queue, committed beside the classes, compared in CI with the consumers themselves.

A topic without a queue here (and without a live audience) is archived and never published.
"""

import json
from pathlib import Path

from contracts.event import EVENTS

QUEUES: dict[str, list[str]] = json.loads(Path(__file__).with_name("subscriptions.json").read_text())

HEARD = frozenset(topic for topics in QUEUES.values() for topic in topics)


def is_published(topic: str) -> bool:
    """Whether anybody listens to the topic, by queue or live."""
    return topic in HEARD or bool(EVENTS[topic].audience)

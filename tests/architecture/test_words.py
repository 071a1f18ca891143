"""What the pages call things: every event that somebody may see live and every state of a report has a word."""

import re
from pathlib import Path

from contracts import words
from contracts.area import Role
from contracts.event import EVENTS
from services.reports.domain.machine import Status

WORDS = (Path(__file__).resolve().parents[2] / "gateway" / "static" / "words.js").read_text()


def test_every_event_that_anybody_sees_has_a_word() -> None:
    """A page that shows `reports.report_merged.v1` to a resident is not finished: add it to TOPICS in words.js."""
    seen = {topic for topic, shape in EVENTS.items() if shape.audience}
    assert seen <= set(re.findall(r'"([a-z]+\.[a-z_]+\.v[0-9]+)":', WORDS))


def test_every_state_of_a_report_has_a_word() -> None:
    """Add it to STATUS in words.js."""
    listed = WORDS.partition("const STATUS = {")[2].partition("}")[0]
    assert set(re.findall(r"([a-z_]+):", listed)) == set(Status)


def test_every_act_of_every_service_and_every_role_has_a_word_and_no_other_has() -> None:
    """Why somebody may or may not do a thing is told in these words: add them to contracts/words.py."""
    acts = {act for rules in words.RULES.values() for act in rules}
    assert (set(words.ACTS), set(words.ROLES)) == (acts, set(Role))
    assert len(set(words.ACTS.values())) == len(words.ACTS)

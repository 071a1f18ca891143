"""Where things are: ports that do not meet, secrets that stay, parts of others' used and not started."""

import socket
from pathlib import Path

import pytest

from deploy.local.layout import Layout, taken
from deploy.local.run import broker


def test_every_listener_has_a_port_of_its_own(tmp_path: Path) -> None:
    ports = Layout(tmp_path, 18000, 8080).ports()
    assert len(set(ports.values())) == len(ports)


def test_secrets_are_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    first = Layout(tmp_path, 18000, 8080)
    assert first.secrets == Layout(tmp_path, 18000, 8080).secrets
    assert len(set(first.secrets.values())) == len(first.secrets)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    assert first.key_file("reports", "kek").stat().st_mode & 0o077 == 0
    assert len(first.key_file("reports", "kek").read_bytes()) == 32


def test_a_taken_port_is_said_with_its_part_and_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = taken({"postgres": other.getsockname()[1]})
        assert "taken by another program" in said
        assert f"{other.getsockname()[1]} (postgres)" in said
    assert "PORT_BASE" in said
    assert taken({}) == ""


def test_a_part_of_somebody_else_is_used_and_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = {
        "DATABASE_URL": "postgresql+asyncpg://root:secret@db.example:5433/postgres", "S3_ENDPOINT": "http://s3.example:9000",
        "RABBITMQ_URL": "amqp://boss:word@mq.example:5673/", "RABBITMQ_MANAGEMENT_URL": "http://mq.example:15672",
        "S3_ACCESS_KEY": "mine", "S3_SECRET_KEY": "own",
    }
    for name, value in outside.items():
        monkeypatch.setenv(name, value)
    layout = Layout(tmp_path, 18000, 8080)
    assert not {"postgres", "rabbitmq", "rabbitmq-epmd", "store"} & set(layout.ports())
    assert layout.superuser_url == "postgresql://root:secret@db.example:5433/postgres"
    told = layout.environment("reports", "api")
    assert told["DATABASE_URL"].endswith("@db.example:5433/reports")
    assert told["RABBITMQ_URL"].startswith("amqp://reports:")
    assert told["RABBITMQ_URL"].endswith("@mq.example:5673/")
    assert (told["S3_ENDPOINT"], told["S3_ACCESS_KEY"]) == ("http://s3.example:9000", "mine")
    known = broker(layout)
    assert (known.management_url, known.admin, known.admin_password) == ("http://mq.example:15672", "boss", "word")

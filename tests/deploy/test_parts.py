"""What a part cannot do is said in its own words, in one sentence."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import parts
from deploy.local.layout import from_environment


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that the database's unprivileged user can look into."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_a_database_that_cannot_be_made_says_why(anybodys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = anybodys / "initdb"
    program.write_text("#!/bin/sh\necho 'cannot create /dev/null: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(parts, "_postgres_bin", lambda: anybodys)
    with pytest.raises(parts.PartMissing, match=r"cannot make its data folder .*cannot create /dev/null: Permission denied"):
        parts.init_postgres(replace(from_environment(), data=anybodys / "data"))
    assert not (anybodys / "data" / "postgres.pw").exists()

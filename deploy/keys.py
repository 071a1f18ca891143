"""The keys of each service, made where there are none, and how the one that wraps data keys turns.

python -m deploy.keys FOLDER...                 makes what is missing
python -m deploy.keys add|promote|drop FILE     docs/runbooks/data-keys.md
                                                of `contacts` as well, the versions of the key by which people are found
python -m deploy.keys public FILE               the public half of an anchor key, in hexadecimal
"""

import os
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PURPOSES = ("kek", "index", "anchor")  # wraps data keys; makes blind indexes; signs the audit's roots
CONTACTS = "contacts"  # beside `index` of identity, once its key has turned
_BYTES = 32


def make(folder: Path, reader: int | None = None) -> None:
    """Write the missing keys of one service; readable by its user (`reader`) alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for purpose in PURPOSES:
        if not (folder / purpose).is_file():
            _write(folder / purpose, secrets.token_bytes(_BYTES), reader)


def turn(file: Path, step: str) -> None:
    """One step of turning a key: another comes behind those that are there, the last one goes first, all but the first go."""
    content = file.read_bytes() if file.is_file() or file.name != CONTACTS else bytes(_BYTES)  # the first: no key of its own
    keys = [content[begin : begin + _BYTES] for begin in range(0, len(content), _BYTES)]
    steps = {
        "add": [*keys, secrets.token_bytes(_BYTES)],
        "promote": [keys[-1], *keys[:-1]],
        "drop": keys[:1],
    }
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    _write(new, b"".join(steps[step]), (file if file.is_file() else file.parent).stat().st_uid)
    new.replace(file)


def _write(file: Path, content: bytes, reader: int | None) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    if reader is not None:
        os.chown(file, reader, -1)


def main(words: list[str]) -> None:
    """Do what the words say."""
    if words[0] == "public":
        print(Ed25519PrivateKey.from_private_bytes(Path(words[1]).read_bytes()).public_key().public_bytes_raw().hex())
    elif words[0] in ("add", "promote", "drop"):
        turn(Path(words[1]), words[0])
    else:
        for folder in words:
            make(Path(folder), int(os.environ["KEYS_UID"]) if "KEYS_UID" in os.environ else None)


if __name__ == "__main__":
    main(sys.argv[1:])

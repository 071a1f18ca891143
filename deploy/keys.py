"""The keys of each service, made where there are none: 32 random bytes to wrap data keys, 32 for blind indexes."""

import os
import secrets
import sys
from pathlib import Path

PURPOSES = ("kek", "index")


def make(folder: Path, reader: int | None = None) -> None:
    """Write the missing keys of one service; readable by its user (`reader`) alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for purpose in PURPOSES:
        file = folder / purpose
        if not file.is_file():
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(32))
            if reader is not None:
                os.chown(file, reader, -1)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        make(Path(name), int(os.environ["KEYS_UID"]) if "KEYS_UID" in os.environ else None)

"""`python -m services.identity api|worker|migrate|seed`, and what an operator does by command.

`keys list` shows the signing keys, `keys rotate` lets the next one sign, `keys withdraw KID` drops a stolen one.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from chassis.main import main
from chassis.process import Running
from services.identity.actions import keys
from services.identity.app import service

Command = Callable[[Running, argparse.Namespace], Awaitable[list[str]]]


async def _list_keys(running: Running, _: argparse.Namespace) -> list[str]:
    rows = await running.database.do(keys.listed)
    return [f"{row.state:<8} {row.kid} made {row.created_at:%Y-%m-%dT%H:%M:%SZ}" for row in rows]


async def _rotate_keys(running: Running, asked: argparse.Namespace) -> list[str]:
    turned = await running.database.do(keys.rotate)
    said = "the next key signs now" if turned else "nothing was changed: a next key is published a day before it signs"
    return [said, *await _list_keys(running, asked)]


async def _withdraw_key(running: Running, asked: argparse.Namespace) -> list[str]:
    await running.database.do(lambda work: keys.withdraw(work, asked.kid))
    return [f"{asked.kid} is withdrawn", *await _list_keys(running, asked)]


def _words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity")
    things = parser.add_subparsers(required=True)
    of_keys = things.add_parser("keys").add_subparsers(required=True)
    of_keys.add_parser("list").set_defaults(command=_list_keys)
    of_keys.add_parser("rotate").set_defaults(command=_rotate_keys)
    withdraw = of_keys.add_parser("withdraw")
    withdraw.add_argument("kid")
    withdraw.set_defaults(command=_withdraw_key)
    return parser


async def operate(running: Running, words: Sequence[str]) -> list[str]:
    """Do what an operator asked for; what to print."""
    asked = _words().parse_args(words)
    command: Command = asked.command
    return await command(running, asked)


async def _operate(words: Sequence[str]) -> None:
    running = Running(service, service.settings())
    try:
        sys.stdout.write("\n".join(await operate(running, words)) + "\n")
    finally:
        await running.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["keys"]:
        asyncio.run(_operate(sys.argv[1:]))
    else:
        main(service)

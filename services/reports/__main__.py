"""`python -m services.reports api|worker|migrate|seed`, and what an operator does by command.

`senders add NAME ...` gives a program a key for Open311 and shows it once; `senders list` shows who has one; `senders end NAME`
ends one.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from chassis.main import main
from chassis.process import Running
from services.reports.actions import senders
from services.reports.app import service
from services.reports.domain.sender import DAILY, NoSuchSender, SenderThere

Command = Callable[[Running, argparse.Namespace], Awaitable[list[str]]]


async def _list(running: Running, _: argparse.Namespace) -> list[str]:
    now = running.settings.clock.now()
    return [
        f"{'live' if one.is_live(now) else 'over':<5} {one.name} for {one.area}, {one.daily} a day: {one.owner}"
        for one in await running.database.do(senders.listed)
    ]


async def _add(running: Running, asked: argparse.Namespace) -> list[str]:
    wanted = senders.Wanted(asked.name, asked.owner, asked.community, asked.daily, asked.until)
    key = await running.database.do(lambda work: senders.add(work, wanted))
    return [f"api_key: {key}", "it is shown this once and kept nowhere"]


async def _end(running: Running, asked: argparse.Namespace) -> list[str]:
    await running.database.do(lambda work: senders.end(work, asked.name))
    return [f"{asked.name} is ended"]


def _day(said: str) -> datetime:
    return datetime.fromisoformat(f"{said}T00:00:00+00:00")


def _words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.reports senders")
    doing = parser.add_subparsers(required=True)
    doing.add_parser("list").set_defaults(command=_list)
    add, end = doing.add_parser("add"), doing.add_parser("end")
    for one, command in ((add, _add), (end, _end)):
        one.add_argument("name", help="its name, for ever")
        one.set_defaults(command=command)
    add.add_argument("--community", required=True, help="the path of the community it hands in reports for")
    add.add_argument("--owner", required=True, help="who answers for it")
    add.add_argument("--daily", type=int, default=DAILY, help="how many reports it may hand in a local day")
    add.add_argument("--until", type=_day, help="2027-03-31; without it, until it is ended")
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
    except (SenderThere, NoSuchSender, senders.NoSuchCommunity) as wrong:
        sys.exit(f"{wrong}: {type(wrong).__doc__}")
    finally:
        await running.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["senders"]:
        asyncio.run(_operate(sys.argv[2:]))
    else:
        main(service)

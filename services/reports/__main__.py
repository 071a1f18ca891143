"""`python -m services.reports api|worker|migrate|seed`, and what an operator does by command.

`senders add NAME ...` gives a program a key for Open311 and shows it once; `senders list` shows who has one; `senders end NAME`
ends one. `intake look FILE --sender NAME` shows what a file of another city's 311 system would come to, row by row what is wrong
with it; `intake take FILE --sender NAME` makes reports of all of it, or, while anything is wrong, of none.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.main import main
from chassis.process import Running
from services.reports.actions import intake, senders
from services.reports.app import service
from services.reports.domain.intake import CategoriesUnfit, FileUnfit, Intake, IntakeWrong, table
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


async def _look(running: Running, asked: argparse.Namespace) -> list[str]:
    found = await _looked(running, asked)
    return [*intake.told(found), "nothing was taken"]


async def _take(running: Running, asked: argparse.Namespace) -> list[str]:
    found = await _looked(running, asked)
    new = await running.database.do(lambda work: intake.take(work, running.files, found, sender=asked.sender))
    return [*intake.told(found), f"taken: {new} new reports, {len(found.drafts) - new} were there"]


async def _looked(running: Running, asked: argparse.Namespace) -> Intake:
    categories = table(asked.categories.read_bytes()) if asked.categories is not None else {}
    content, zone = asked.file.read_bytes(), asked.zone
    found: Intake = await running.database.do(
        lambda work: intake.look(work, content, sender=asked.sender, zone=zone, categories=categories)
    )
    if asked.report is not None:
        asked.report.write_bytes(intake.report(found))
    return found


def _zone(said: str) -> ZoneInfo:
    try:
        return ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError):
        raise argparse.ArgumentTypeError(f"no zone: {said}") from None


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


def _intake_words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.reports intake")
    doing = parser.add_subparsers(required=True)
    for one, command in ((doing.add_parser("look"), _look), (doing.add_parser("take"), _take)):
        one.add_argument("file", type=Path, help="CSV in UTF-8, or GeoReport v2 JSON")
        one.add_argument("--sender", required=True, help="whose reports they become; of its community")
        one.add_argument("--categories", type=Path, help="JSON: their word for a category to ours; * stands for all others")
        one.add_argument("--zone", type=_zone, default=ZoneInfo("Asia/Shanghai"), help="of times that name none")
        one.add_argument("--report", type=Path, help="where to write what is wrong, row by row, as CSV")
        one.set_defaults(command=command)
    return parser


async def operate(running: Running, words: Sequence[str]) -> list[str]:
    """Do what an operator asked for of senders; what to print."""
    return await _done(running, _words().parse_args(words))


async def take_over(running: Running, words: Sequence[str]) -> list[str]:
    """The same of an intake."""
    return await _done(running, _intake_words().parse_args(words))


async def _done(running: Running, asked: argparse.Namespace) -> list[str]:
    command: Command = asked.command
    return await command(running, asked)


_Operation = Callable[[Running, Sequence[str]], Awaitable[list[str]]]
_OPERATIONS: dict[str, _Operation] = {"senders": operate, "intake": take_over}


async def _operate(operation: _Operation, words: Sequence[str]) -> None:
    running = Running(service, service.settings())
    try:
        sys.stdout.write("\n".join(await operation(running, words)) + "\n")
    except IntakeWrong as wrong:
        sys.exit(f"{wrong} rows are wrong: nothing was taken; `intake look … --report FILE` says which")
    except (SenderThere, NoSuchSender, senders.NoSuchCommunity, FileUnfit, CategoriesUnfit) as wrong:
        sys.exit(f"{wrong}: {type(wrong).__doc__}")
    finally:
        await running.close()


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in _OPERATIONS:
        asyncio.run(_operate(_OPERATIONS[sys.argv[1]], sys.argv[2:]))
    else:
        main(service)

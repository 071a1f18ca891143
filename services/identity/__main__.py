"""`python -m services.identity api|worker|migrate|seed`, and what an operator does by command.

`keys list` shows the signing keys, `keys rotate` lets the next one sign, `keys withdraw KID` drops a stolen one.
`clients list` shows the programs that may ask for tokens, `clients add NAME ...` registers one, `clients end NAME` ends one.
`rights check` names what is in effect and was not its giver's to give: after a restore, or whenever.
`indexes check` says how many rows rest on which version of the key of contacts, and whether the others may be dropped.
`networks clear AREA --reason WHY` lets the admins of an area sign in from everywhere again.
`factors remove LOGIN --reason lost` takes the second factors of somebody away who lost them.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args
from uuid import uuid4

from chassis.errors import NotFound
from chassis.main import main
from chassis.process import Running
from services.identity.actions import clients, granting, indexes, keys, lost_factor, networks
from services.identity.app import service
from services.identity.domain import subjects
from services.identity.domain.clients import GRANTS, LIVES, Client, ClientNotRight, ClientThere, NoSuchClient
from services.identity.domain.second_factor import SecondFactorMissing

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


async def _list_clients(running: Running, _: argparse.Namespace) -> list[str]:
    now = running.settings.clock.now()
    return [
        f"{'live' if one.is_live(now) else 'over':<5} {one.client_id} {one.kind} {one.life} {one.owner}: {' '.join(one.grants)}"
        for one in await running.database.do(clients.listed)
    ]


async def _add_client(running: Running, asked: argparse.Namespace) -> list[str]:
    jwks = json.loads(asked.jwks.read_text()) if asked.jwks else None
    made = Client(
        id=uuid4(), client_id=asked.client, name=asked.name, kind="public" if jwks is None else "confidential", life=asked.life,
        owner=asked.owner, grants=asked.grant, scopes=asked.scope, redirect_uris=asked.redirect,
        signed_out_uris=asked.signed_out, audiences=asked.audience or ["guohuai"], jwks=jwks, is_internal=asked.internal,
        subject_type=asked.subject_type or (subjects.PUBLIC if asked.internal else subjects.PAIRWISE), sector=asked.sector,
        expires_at=asked.until,
    )
    await running.database.do(lambda work: clients.register(work, made))
    return [f"{made.client_id} is registered; tokens in its own name have the subject {made.id}"]


async def _end_client(running: Running, asked: argparse.Namespace) -> list[str]:
    await running.database.do(lambda work: clients.end(work, asked.client))
    return [f"{asked.client} is ended"]


async def _remove_factors(running: Running, asked: argparse.Namespace) -> list[str]:
    await running.database.do(lambda work: lost_factor.take_away_by_command(work, asked.login, reason=asked.reason))
    return [f"{asked.login} has no second factor any more, is signed out everywhere, and is told"]


async def _check_rights(running: Running, _: argparse.Namespace) -> list[str]:
    found = await running.database.do(granting.beyond)
    told = [f"{one.id} {one.role} {one.area}: was not for {one.granted_by} to give" for one in found]
    return told or ["everything in effect was its giver's to give"]


async def _check_indexes(running: Running, _: argparse.Namespace) -> list[str]:
    lines: list[str] = await running.database.do(indexes.told)
    return lines


async def _clear_networks(running: Running, asked: argparse.Namespace) -> list[str]:
    await running.database.do(lambda work: networks.clear(work, asked.area, reason=asked.reason))
    return [f"{asked.area} has no list any more: its admins sign in from everywhere"]


def _day(said: str) -> datetime:
    return datetime.fromisoformat(f"{said}T00:00:00+00:00")


def _words_of_clients(things: argparse.ArgumentParser) -> None:
    doing = things.add_subparsers(required=True)
    doing.add_parser("list").set_defaults(command=_list_clients)
    add, end = doing.add_parser("add"), doing.add_parser("end")
    for one, command in ((add, _add_client), (end, _end_client)):
        one.add_argument("client", help="its name, for ever: a to z, digits, hyphens")
        one.set_defaults(command=command)
    add.add_argument("--name", required=True, help="what people read when they sign in for it")
    add.add_argument("--owner", required=True, help="who answers for it")
    add.add_argument("--life", choices=tuple(LIVES), default="program", help="how long its tokens are good")
    add.add_argument("--grant", action="append", choices=GRANTS, required=True)
    for word in ("--scope", "--redirect", "--signed-out", "--audience"):
        add.add_argument(word, action="append", default=[])
    add.add_argument("--jwks", type=Path, help="a file with its public keys; with it the client is confidential")
    add.add_argument("--internal", action="store_true", help="a service of ours: may ask about tokens")
    add.add_argument("--subject-type", choices=subjects.TYPES, help="pairwise, unless it is a program of our own")
    add.add_argument("--sector", help="the host whose programs know a person by one id; without it that of its addresses")
    add.add_argument("--until", type=_day, help="2027-03-31; without it, until it is ended")


def _words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity")
    things = parser.add_subparsers(required=True)
    of_keys = things.add_parser("keys").add_subparsers(required=True)
    of_keys.add_parser("list").set_defaults(command=_list_keys)
    of_keys.add_parser("rotate").set_defaults(command=_rotate_keys)
    withdraw = of_keys.add_parser("withdraw", prefix_chars="+")  # one key id in 64 begins with a hyphen, and is no option
    withdraw.add_argument("kid")
    withdraw.set_defaults(command=_withdraw_key)
    _words_of_clients(things.add_parser("clients"))
    things.add_parser("rights").add_subparsers(required=True).add_parser("check").set_defaults(command=_check_rights)
    things.add_parser("indexes").add_subparsers(required=True).add_parser("check").set_defaults(command=_check_indexes)
    clear = things.add_parser("networks").add_subparsers(required=True).add_parser("clear")
    clear.add_argument("area", help="whose list goes; you have made sure that it is its admin who asks")
    clear.add_argument("--reason", required=True)
    clear.set_defaults(command=_clear_networks)
    remove = things.add_parser("factors").add_subparsers(required=True).add_parser("remove")
    remove.add_argument("login", help="of the member of staff who lost theirs; you have made sure that it is they who ask")
    remove.add_argument("--reason", required=True, choices=get_args(lost_factor.Reason))
    remove.set_defaults(command=_remove_factors)
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
    except (keys.NoSuchKey, NoSuchClient, ClientThere, ClientNotRight, NotFound, SecondFactorMissing) as wrong:
        sys.exit(f"{wrong}: {type(wrong).__doc__}")
    finally:
        await running.close()


if __name__ == "__main__":
    if sys.argv[1:2] in (["keys"], ["clients"], ["factors"], ["rights"], ["indexes"], ["networks"]):
        asyncio.run(_operate(sys.argv[1:]))
    else:
        main(service)

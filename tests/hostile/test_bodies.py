"""Bodies no client of ours sends, at every operation that takes one: a problem document in the 4xx, and nothing is changed."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.operations import Operation, offered
from builders.world import ADMIN, RESIDENT

from deploy.processes import OWNERS

DEEP = 50_000
CASES: dict[str, bytes] = {
    "nothing": b"", "no JSON": b"{", "an array": b"[]", "null": b"null", "a text": b'"x"', "5,000 digits": b"1" * 5000,
    "an endless number": b'{"a": 1e999999}', "a deep array": b"[" * DEEP, "a deep array, closed": b"[" * DEEP + b"]" * DEEP,
    "a deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP, "broken UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "an overlong slash": b'{"a": "\xc0\xaf"}', "half a surrogate pair in bytes": b'{"a": "\xed\xa0\x80"}',
    "half a surrogate pair as a name": b'{"\\ud800": 1}', "a NUL as a name": b'{"\\u0000": 1}', "a comment": b"{} // x",
    "not a number": b'{"a": NaN}', "too large": b" " * (256 * 1024 + 1),
}
WRONG: tuple[Any, ...] = ([[1]], {"$ne": None}, {"__proto__": {}}, "\ud800", "a\0b", 2**80)


TAKING = [
    pytest.param(owner, one, id=f"{one.method} {one.path}") for owner in OWNERS for one in offered(owner) if one.body
]
MEDIA = ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json-patch+json", "")


def placed(path: str) -> str:
    """The address of a thing that is not there, in a form that is."""
    path = path.replace("{form}", "json")
    while "{" in path:
        begin, end = path.index("{"), path.index("}")
        path = f"{path[:begin]}0197a000-0000-7000-8000-000000000000{path[end + 1:]}"
    return f"{path}?for=reports" if path.endswith("/uploads") else path


def wrong(operation: Operation) -> Iterator[bytes]:
    """What is no value of a field, in each of its fields; and a field nobody knows."""
    for name in operation.fields():
        for value in WRONG:
            yield json.dumps({name: value}).encode()
    yield json.dumps(dict.fromkeys(operation.fields(), "x") | {"nobody_knows": 1}).encode()


async def whole(doors: Doors) -> dict[str, list[str]]:
    """Everything a database holds."""
    names = await doors.rows("select tablename from pg_tables where schemaname = 'public' order by 1")
    rows = {row.tablename: await doors.rows(f'select t::text from "{row.tablename}" t order by 1') for row in names}
    return {table: [str(one) for one in found] for table, found in rows.items()}


def is_refused(answer: httpx.Response) -> bool:
    """Whether it is a whole problem document in the 4xx; of GeoReport, a list of errors; of FHIR, an OperationOutcome."""
    if "Traceback" in answer.text or not 400 <= answer.status_code < 500:
        return False
    if answer.request.url.path.startswith("/open311/"):
        return all(set(one) == {"code", "description"} for one in answer.json()) and answer.json() != []
    if answer.request.url.path.startswith("/fhir"):
        return answer.json()["resourceType"] == "OperationOutcome" and answer.json()["issue"][0]["severity"] == "error"
    said = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
    return said.get("status") == answer.status_code


@pytest.mark.parametrize(("owner", "operation"), TAKING)
async def test_no_such_body_is_taken(every_door: dict[str, Doors], owner: str, operation: Operation) -> None:
    doors = every_door[owner]
    await doors.clean()
    before = await whole(doors)
    async with doors.client(ADMIN if owner == "identity" else RESIDENT) as client:
        for content in (*CASES.values(), *wrong(operation)):
            headers = {**keyed(), "content-type": operation.media}
            answer = await client.request(operation.method, placed(operation.path), content=content, headers=headers)
            assert is_refused(answer), (content[:80], answer.status_code, answer.text[:300])
    assert await whole(doors) == before


async def test_a_zipped_body_is_not_unzipped(every_door: dict[str, Doors]) -> None:
    import gzip

    content = gzip.compress(b'{"text": "' + b"x" * 10_000_000 + b'"}')
    async with every_door["reports"].client(RESIDENT) as client:
        headers = {**keyed(), "content-type": "application/json", "content-encoding": "gzip"}
        answer = await client.post("/api/v1/reports", content=content, headers=headers)
    assert is_refused(answer)


@pytest.mark.parametrize("media", MEDIA)
async def test_another_type_of_body_is_refused(every_door: dict[str, Doors], media: str) -> None:
    draft = {"text": "灯", "category": "lighting", "place": {"area": "a"}, "client_token": "0197a000-0000-7000-8000-000000000001"}
    async with every_door["reports"].client(RESIDENT) as client:
        headers = {**keyed(), **({"content-type": media} if media else {})}
        answer = await client.post("/api/v1/reports", content=json.dumps(draft), headers=headers)
    assert is_refused(answer), answer.text

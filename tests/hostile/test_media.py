"""The photos' address under our own origin: signed links and nothing else, whatever the path, the host or the method."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from builders.strangers import raw

from chassis.files import BUCKET
from deploy.local.layout import Layout
from services.identity.domain import demo
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client

FORGED = "X-Amz-Signature=" + "0" * 64


@pytest.fixture
async def officer(stack: Layout) -> AsyncIterator[Client]:
    """Somebody who may see photos."""
    async with Client(stack.origin) as client:
        yield await client.sign_in_by_password("officer", demo.PASSWORD)


@pytest.fixture
async def link(officer: Client) -> str:
    """A good link to a photo of the demo."""
    for report in (await officer.get("/api/v1/reports?limit=50"))["items"]:
        for photo in (await officer.get(f"/api/v1/reports/{report['id']}"))["photos"]:
            if photo["state"] == "ready":
                return str(photo["url"])
    raise AssertionError("no photo is developed")


async def grant(client: Client, content: bytes) -> dict[str, Any]:
    wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": len(content)}
    return dict(await client.post("/api/v1/uploads?for=reports", wanted))


async def test_a_good_link_shows_the_photo_and_cannot_run(link: str) -> None:
    async with httpx.AsyncClient() as phone:
        answer = await phone.get(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_link_changed_in_one_thing_shows_nothing(link: str, stack: Layout) -> None:
    said = urlsplit(link)
    other = said.path[:-1] + ("0" if said.path[-1] != "0" else "1")
    changed = [
        link.replace(said.path, other), link.replace(f"/{BUCKET}/reports/", f"/{BUCKET}/identity/"),
        link.replace("X-Amz-Expires=600", "X-Amz-Expires=6000"), link.replace("image%2Fjpeg", "text%2Fhtml"),
        f"{stack.origin}{said.path}?{FORGED}", f"{stack.origin}{said.path}", link + "&response-content-type=text/html",
        link + "&response-content-disposition=inline", link.replace("X-Amz-Date=2", "X-Amz-Date=1"), link[:-1] + "g",
    ]
    async with httpx.AsyncClient() as phone:
        for address in changed:
            answer = await phone.get(address)
            assert answer.status_code in {400, 403, 404}, (address, answer.status_code)
            assert b"JFIF" not in answer.content[:20]


@pytest.mark.parametrize("path", [
    f"/{BUCKET}/", f"/{BUCKET}", f"/{BUCKET}/reports/", f"/{BUCKET}/reports/../../secrets.json",
    f"/{BUCKET}/reports/..%2f..%2fsecrets.json", f"/{BUCKET}/%2e%2e/secrets.json", f"//{BUCKET}/reports/x", f"/{BUCKET}//etc/passwd",
    f"/{BUCKET}/reports/x%00.jpg", f"/{BUCKET}/reports/" + "a" * 3000, f"/{BUCKET}/reports/0197a000-0000-7000-8000-00000000000A",
    f"/{BUCKET}/reports/0197a000-0000-7000-8000-000000000000/x", f"/{BUCKET}/REPORTS/0197a000-0000-7000-8000-000000000000",
])
async def test_no_path_lists_the_bucket_or_leaves_it(stack: Layout, path: str) -> None:
    for query in ("", FORGED, f"{FORGED}&list-type=2", f"{FORGED}&location", f"{FORGED}&uploads", f"{FORGED}&versions"):
        request = f"GET {path}?{query} HTTP/1.1\r\nhost: localhost:{stack.gateway}\r\nconnection: close\r\n\r\n"
        answer = await raw(stack.gateway, request.encode())
        assert answer == b"" or answer[9:12] in {b"400", b"401", b"403", b"404", b"301"}, answer[:300]
        assert b"<Contents>" not in answer
        assert b"<Bucket>" not in answer
        assert b"guohuai" not in answer.partition(b"\r\n\r\n")[2].replace(b'"type":"http://localhost', b"") or b"problem" in answer


@pytest.mark.parametrize("sub", ["acl", "tagging", "uploads", "delete", "policy", "versioning", "cors", "retention", "legal-hold"])
async def test_no_other_call_of_the_store_passes(link: str, sub: str) -> None:
    async with httpx.AsyncClient() as phone:
        before = (await phone.get(link)).content
        for method in ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"):
            answer = await phone.request(method, f"{link}&{sub}", content=b"<x/>" if method in {"PUT", "POST", "PATCH"} else None)
            assert answer.status_code in {400, 403, 404, 405, 501}, (method, sub, answer.status_code)
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            assert (await phone.request(method, link)).status_code in {400, 403, 404, 405}, method
        assert (await phone.get(link)).content == before


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1:1", "media", "localhost", "localhost:28080@elsewhere.example", ""])
async def test_a_link_is_good_for_our_own_host_alone(link: str, stack: Layout, host: str) -> None:
    said = urlsplit(link)
    answer = await raw(stack.gateway, f"GET {said.path}?{said.query} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
    assert answer == b"" or answer[9:12] in {b"400", b"403", b"404"}, answer[:300]
    assert b"JFIF" not in answer


async def test_an_upload_takes_one_place_and_no_other(officer: Client) -> None:
    content = draw(5)
    first, second = await grant(officer, content), await grant(officer, content)
    async with httpx.AsyncClient() as phone:
        for address in (
            str(first["url"]).replace(urlsplit(first["url"]).path, urlsplit(second["url"]).path),
            str(first["url"]).replace("/reports/", "/../"), str(first["url"]) + "&partNumber=1&uploadId=x",
        ):
            put = await phone.put(address, content=content, headers=first["headers"])
            assert put.status_code in {400, 403, 404}, address
        bare = await phone.put(str(first["url"]).partition("?")[0], content=content, headers=first["headers"])
        assert bare.status_code in {401, 403, 404}
        assert (await phone.put(first["url"], content=content, headers=first["headers"])).status_code == 200

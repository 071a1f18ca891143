"""The simulator of who looks at contents: strict about who asks, when and what, and able to fail in every way."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from chassis.clock import Clock
from services.reports.clients.moderation import CONTENT_TYPE, signature
from simulators.moderation import routes

ID, KEY = "guohuai", "the-secret"
TEXT = {"Content": base64.b64encode("灯不亮".encode()).decode(), "DataId": "one"}
PHOTO = {"FileContent": base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(64)).decode(), "DataId": "two"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A server's way to it."""
    transport = httpx.ASGITransport(Starlette(routes=list(routes(ID, KEY, Clock(None)))))
    async with httpx.AsyncClient(transport=transport, base_url="http://provider") as client:
        yield client


async def asks(
    http: httpx.AsyncClient, said: Any, *, service: str = "tms", ago: int = 0, key: str = KEY, scope: str = "", **headers: str
) -> dict[str, Any]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    action = {"tms": "TextModeration", "ims": "ImageModeration"}[service]
    stamp = int(datetime.now(UTC).timestamp()) - ago
    signed = {"content-type": CONTENT_TYPE, "host": "provider", "x-tc-action": action.lower()}
    day = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")
    told = signature(key, scope or service, stamp, signed, body)
    asked = {
        "content-type": CONTENT_TYPE, "x-tc-action": action, "x-tc-version": "2020-12-29", "x-tc-timestamp": str(stamp),
        "x-tc-region": "ap-guangzhou", "authorization": f"TC3-HMAC-SHA256 Credential={ID}/{day}/{scope or service}/tc3_request, "
        f"SignedHeaders=content-type;host;x-tc-action, Signature={told}",
    }
    answer = await http.post(f"/{service}", content=body, headers=asked | headers)
    assert answer.status_code == 200, "whatever happens"
    return dict(answer.json()["Response"])


async def test_what_is_harmless_passes_and_what_is_not_does_not(http: httpx.AsyncClient) -> None:
    said = await asks(http, TEXT)
    assert (said["Suggestion"], said["Label"], said["DataId"]) == ("Pass", "Normal", "one")
    assert (await asks(http, PHOTO, service="ims"))["Suggestion"] == "Pass"
    await http.post("/moderation/rules", json={"word": "灯", "suggestion": "Review", "label": "Abuse"})
    assert (await asks(http, TEXT))["Suggestion"] == "Review"


@pytest.mark.parametrize(("wrong", "code"), [
    ({"ago": 301}, "AuthFailure.SignatureExpire"), ({"ago": -301}, "AuthFailure.SignatureExpire"),
    ({"key": "another"}, "AuthFailure.SignatureFailure"), ({"scope": "ims"}, "AuthFailure.SignatureFailure"),
    ({"authorization": "Bearer x"}, "AuthFailure.InvalidAuthorization"),
    ({"x-tc-region": "mars"}, "UnsupportedRegion"), ({"x-tc-version": "2020-07-13"}, "NoSuchVersion"),
    ({"x-tc-action": "ImageModeration"}, "AuthFailure.SignatureFailure"), ({"host": "another"}, "AuthFailure.SignatureFailure"),
])
async def test_who_is_not_signed_for_now_and_for_this_is_refused(
    http: httpx.AsyncClient, wrong: dict[str, Any], code: str
) -> None:
    assert (await asks(http, TEXT, **wrong))["Error"]["Code"] == code
    assert (await http.get("/moderation/asked")).json() == {}


@pytest.mark.parametrize(("said", "service", "code"), [
    (b"{", "tms", "InvalidParameterValue"), ([], "tms", "InvalidParameter"), ({"DataId": "x"}, "tms", "InvalidParameter"),
    (TEXT | {"More": 1}, "tms", "InvalidParameter"), (TEXT | {"Content": "*"}, "tms", "InvalidParameterValue"),
    (TEXT | {"Content": ""}, "tms", "InvalidParameterValue"), (TEXT | {"DataId": "a b"}, "tms", "InvalidParameterValue"),
    (TEXT | {"Content": base64.b64encode(b"\xff").decode()}, "tms", "InvalidParameterValue.ErrTextContentType"),
    (TEXT | {"Content": base64.b64encode(("灯" * 10_001).encode()).decode()}, "tms", "InvalidParameterValue.ErrTextContentLen"),
    (PHOTO | {"FileContent": base64.b64encode(b"<html>").decode()}, "ims", "InvalidParameter.InvalidImageContent"),
    (TEXT, "ims", "InvalidParameter"),
])
async def test_what_is_none_of_its_questions_is_refused(http: httpx.AsyncClient, said: Any, service: str, code: str) -> None:
    assert (await asks(http, said, service=service))["Error"]["Code"] == code

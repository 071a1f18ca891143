"""An address is asked whether it wants to be told, before it is told anything.

HTTP 1.1 Web Hooks for Event Delivery 1.0.2 (CloudEvents), section 4: an OPTIONS request with `WebHook-Request-Origin`, answered
by 2xx and `WebHook-Allowed-Origin` with that name or a star. What is called is what was looked at (`chassis/outgoing.py`).
"""

import asyncio

import httpx

from chassis.outgoing import WAIT, Caller, host_of

_SUCCESS = range(200, 300)
_HTTPS = 443


async def agrees(caller: Caller, endpoint: str, found: list[str], origin: str) -> bool:
    """Whether it lets `origin` tell it; who does not answer within five seconds, redirects or says nothing does not."""
    place = host_of(endpoint)
    if place is None or not found:
        return False
    host, port, rest = place
    numbered = f"[{found[0]}]" if ":" in found[0] else found[0]
    headers = {"host": host if port == _HTTPS else f"{host}:{port}", "webhook-request-origin": origin}
    try:
        async with asyncio.timeout(WAIT), httpx.AsyncClient(timeout=WAIT, verify=caller.trusted(), trust_env=False) as client:
            asked = client.stream(
                "OPTIONS", f"https://{numbered}:{port}{rest}", headers=headers, extensions={"sni_hostname": host}
            )
            async with asked as answer:  # of which the head is enough
                allowed = answer.headers.get("webhook-allowed-origin", "").strip()
                return answer.status_code in _SUCCESS and allowed in {origin, "*"}
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
        return False

"""The SMS provider's wire: Aliyun SendSms over the ACS3-HMAC-SHA256 signature."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx

from services.identity.settings import IdentitySettings

_ACTION, _VERSION = "SendSms", "2017-05-25"


class ProviderRefused(Exception):
    """The provider answered, and said no; the message is its code."""


class ProviderUnreachable(Exception):
    """No answer that could be understood; it may have been sent or not."""


@dataclass(frozen=True)
class Request:
    """What is signed and sent."""

    query: str
    headers: dict[str, str]


def signed(host: str, query: dict[str, str], at: datetime, *, key: str, secret: str, nonce: str) -> Request:
    """The request's query and headers, signed over an empty body."""
    canonical_query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items()))
    hashed_body = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host, "x-acs-action": _ACTION, "x-acs-version": _VERSION, "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce, "x-acs-content-sha256": hashed_body,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{canonical_query}\n{lines}\n{names}\n{hashed_body}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(secret.encode(), to_sign.encode(), hashlib.sha256).hex()
    authorization = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"
    return Request(canonical_query, {**headers, "authorization": authorization})


async def send_code(
    settings: IdentitySettings, phone: str, code: str, *, template: str, out_id: str, at: datetime
) -> None:
    """Let the provider send a code in this text; `out_id` is our own id of the attempt, so that it can be asked about."""
    query = {
        "PhoneNumbers": phone, "SignName": settings.sms_sign_name, "TemplateCode": template,
        "TemplateParam": json.dumps({"code": code}), "OutId": out_id,
    }
    host = urlsplit(settings.sms_endpoint).netloc
    request = signed(
        host, query, at, key=settings.sms_access_key, secret=settings.sms_secret_key, nonce=str(uuid4())
    )
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.post(f"{settings.sms_endpoint}/?{request.query}", headers=request.headers)
            said = answer.json()
    except (httpx.HTTPError, ValueError) as failed:
        raise ProviderUnreachable(type(failed).__name__) from None
    if said.get("Code") != "OK":
        raise ProviderRefused(str(said.get("Code")))

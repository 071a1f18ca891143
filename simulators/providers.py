"""The SMS provider: Aliyun's SendSms (2017-05-25), checked as strictly as the original says, and a view of the phones.

`POST /?Action parameters` with ACS3-HMAC-SHA256 headers; `GET /messages` is what the phones show.
At the same port answer WeChat, who compares names with numbers, and who looks at contents: `wechat.py`, `real_name.py`,
`moderation.py`.
"""

import hashlib
import hmac
import json
import os
import re
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chassis.clock import Clock
from simulators import moderation, real_name, wechat

_SKEW = timedelta(minutes=15)
_PHONE = re.compile(r"1[3-9]\d{9}")
_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version")
_TEXTS = {
    "SMS_100001": "您的验证码是 {code}，5 分钟内有效，请勿告诉他人。",
    "SMS_100002": "社区正为一位居民登记您的手机号用于登录。如同意，请将 {code} 告诉面前的工作人员，5 分钟内有效。",
}
_PARAMETERS = {"PhoneNumbers", "SignName", "TemplateCode", "TemplateParam", "OutId"}
# one verification code a minute, five an hour, ten a day to one number, by the provider's own rules
_WINDOWS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))


class Refused(Exception):
    """The provider's error code, and the HTTP status it comes with."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Provider:
    """The provider's state: nonces seen, messages taken."""

    def __init__(self, key: str, secret: str, clock: Clock) -> None:
        self._key, self._secret, self._clock = key, secret, clock
        self._nonces: deque[str] = deque(maxlen=100_000)
        self.messages: deque[dict[str, str]] = deque(maxlen=500)

    async def send(self, request: Request) -> JSONResponse:
        """`SendSms`."""
        request_id = str(uuid4()).upper()
        try:
            self._check_signature(request, await request.body())
            biz = self._take(dict(parse_qsl(request.url.query, keep_blank_values=True)))
        except Refused as refused:
            return JSONResponse({"RequestId": request_id, "Code": refused.code, "Message": refused.code}, refused.status)
        return JSONResponse({"RequestId": request_id, "Code": "OK", "Message": "OK", "BizId": biz})

    def _check_signature(self, request: Request, body: bytes) -> None:
        headers = request.headers
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if found is None:
            raise Refused("MissingAuthorization", 403)
        names = found[2].split(";")
        if found[1] != self._key or names != sorted(names) or not set(_SIGNED) <= set(names):
            raise Refused("InvalidAccessKeyId.NotFound", 404)
        if headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            raise Refused("SignatureDoesNotMatch", 403)
        query = parse_qsl(request.url.query, keep_blank_values=True)
        canonical_query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query))
        lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
        canonical = "\n".join([
            request.method, request.url.path, canonical_query, lines, found[2], headers["x-acs-content-sha256"],
        ])
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        expected = hmac.digest(self._secret.encode(), to_sign.encode(), hashlib.sha256).hex()
        if not hmac.compare_digest(expected, found[3]):
            raise Refused("SignatureDoesNotMatch", 403)
        self._check_freshness(headers["x-acs-date"], headers["x-acs-signature-nonce"])
        if (headers["x-acs-action"], headers["x-acs-version"]) != ("SendSms", "2017-05-25"):
            raise Refused("InvalidAction.NotFound", 404)

    def _check_freshness(self, date: str, nonce: str) -> None:
        said = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(self._clock.now() - said) > _SKEW:
            raise Refused("InvalidTimeStamp.Expired")
        if nonce in self._nonces:
            raise Refused("SignatureNonceUsed")
        self._nonces.append(nonce)

    def _take(self, said: dict[str, str]) -> str:
        if set(said) - _PARAMETERS or not {"PhoneNumbers", "SignName", "TemplateCode"} <= set(said):
            raise Refused("isv.INVALID_PARAMETERS")
        if not _PHONE.fullmatch(said["PhoneNumbers"]):
            raise Refused("isv.MOBILE_NUMBER_ILLEGAL")
        if said["SignName"] != "智惠国槐":
            raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
        if said["TemplateCode"] not in _TEXTS:
            raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
        code = self._code(said.get("TemplateParam", ""))
        self._spend(said["PhoneNumbers"])
        self.messages.appendleft({
            "phone": said["PhoneNumbers"], "code": code, "out_id": said.get("OutId", ""), "at": self._clock.now().isoformat(),
            "text": f"【智惠国槐】{_TEXTS[said['TemplateCode']].format(code=code)}",
        })
        return str(uuid4().int)[:18]

    def _code(self, parameters: str) -> str:
        try:
            given = json.loads(parameters)
        except ValueError:
            raise Refused("isv.INVALID_JSON_PARAM") from None
        if not isinstance(given, dict) or set(given) != {"code"} or not isinstance(given["code"], str):
            raise Refused("isv.TEMPLATE_MISSING_PARAMETERS")
        return str(given["code"])

    def _spend(self, phone: str) -> None:
        now = self._clock.now()
        taken = [datetime.fromisoformat(one["at"]) for one in self.messages if one["phone"] == phone]
        for window, most in _WINDOWS:
            if sum(moment > now - window for moment in taken) >= most:
                raise Refused("isv.BUSINESS_LIMIT_CONTROL")

    async def show(self, _: Request) -> JSONResponse:
        """What the phones show, newest first."""
        return JSONResponse(list(self.messages))


async def _ready(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ready", "service": "providers"})


def application() -> Starlette:
    """The program, with its keys from the environment."""
    file = os.environ.get("CLOCK_FILE")
    clock = Clock(Path(file) if file else None)
    provider = Provider(os.environ["SMS_ACCESS_KEY"], os.environ["SMS_SECRET_KEY"], clock)
    return Starlette(routes=[
        Route("/", provider.send, methods=["POST"]), Route("/messages", provider.show), Route("/readyz", _ready),
        *wechat.routes(
            os.environ["WECHAT_APP_ID"], os.environ["WECHAT_SECRET"], clock,
            (os.environ["WECHAT_PAGE_APP_ID"], os.environ["WECHAT_PAGE_SECRET"]),
        ),
        *real_name.routes(os.environ["REAL_NAME_KEY"], os.environ["REAL_NAME_SECRET"], clock),
        *moderation.routes(os.environ["CHECK_SECRET_ID"], os.environ["CHECK_SECRET_KEY"], clock),
    ])


if __name__ == "__main__":
    uvicorn.run(
        application(), host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ["PORT"]), log_level="warning",
        access_log=False,
    )

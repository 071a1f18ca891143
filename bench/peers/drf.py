"""Django REST Framework doing what reports does, on reports' own tables: look, list, file; run by gunicorn with eight threads.

The same work: the token is verified (ES256), roles come from the directory and are kept two seconds, the area is checked, texts are
opened and sealed with the person's key, a filing reserves its key, takes a number, writes report, step, two clocks and event, keeps
its answer.
"""

import hashlib
import json
import logging
import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import django
import jwt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.db.models import F
from django.urls import path
from minio import Minio

settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, SECRET_KEY="of the bench",
    INSTALLED_APPS=["rest_framework"], MIDDLEWARE=[f"{__name__}.Logged"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "reports", "USER": "reports", "HOST": "127.0.0.1",
        "PASSWORD": os.environ["DATABASE_PASSWORD"], "PORT": os.environ["DATABASE_PORT"], "CONN_MAX_AGE": None,
    }},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None,
                    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
)
django.setup()

from rest_framework import serializers  # noqa: E402 - needs the settings above, as all that follows
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed, NotFound, ValidationError  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from bench.peers.drf_tables import Area, Clock, Key, Number, Outbox, PersonKey, Report, Stream, Transition, Upload  # noqa: E402
from bench.peers.working_time import due  # noqa: E402

_KEK = open(os.environ["KEK_FILE"], "rb").read()  # noqa: SIM115, PTH123 - once
_ISSUER = os.environ["PUBLIC_ORIGIN"]
_KEYS = {key["kid"]: jwt.PyJWK(key).key for key in json.loads(os.environ["JWKS"])["keys"]}
_STORE = Minio(urlsplit(_ISSUER).netloc, "bench", os.environ["S3_SECRET_KEY"], secure=False, region="cn")
_log = logging.getLogger("drf")
logging.basicConfig(level="INFO", format='{"at":"%(asctime)s","message":"%(message)s"}')


class Actor:
    """Who asks."""

    is_authenticated = True

    def __init__(self, person: uuid.UUID, areas: list[str]) -> None:
        self.id, self.areas = person, areas


def _link(key: str | None) -> str | None:
    return _STORE.presigned_get_object("media", key, timedelta(minutes=10), {"response-content-type": "image/jpeg"}) if key else None


_KNOWN: dict[uuid.UUID, tuple[float, Actor]] = {}


class Bearer(BaseAuthentication):
    """The token, and what the directory says of its person."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            kid = jwt.get_unverified_header(token)["kid"]
            said = jwt.decode(token, _KEYS[kid], algorithms=["ES256"], audience="guohuai", issuer=_ISSUER,
                              options={"require": ["exp", "iat", "sub", "jti"]})
        except (jwt.PyJWTError, KeyError) as bad:
            raise AuthenticationFailed from bad
        return _actor(uuid.UUID(said["sub"])), None


def _actor(person: uuid.UUID) -> Actor:
    kept = _KNOWN.get(person)
    if kept is None or time.monotonic() - kept[0] > 2:
        with connection.cursor() as cursor:
            cursor.execute("select ltree2text(area) from directory_assignments where person_id = %s", [person])
            kept = (time.monotonic(), Actor(person, [row[0] for row in cursor.fetchall()]))
        _KNOWN[person] = kept
    return kept[1]


def _place(*parts: object) -> bytes:
    return "\0".join(map(str, parts)).encode()


def _opened(key: bytes, place: bytes, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(bytes(sealed[1:13]), bytes(sealed[13:]), place)


def _sealed(key: bytes, place: bytes, clear: bytes) -> bytes:
    nonce = os.urandom(12)
    return b"\x01" + nonce + AESGCM(key).encrypt(nonce, clear, place)


def _person_keys(persons: set[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    found = PersonKey.objects.filter(person_id__in=persons)
    return {one.person_id: _opened(_KEK, _place("person_keys", "wrapped", one.person_id), one.wrapped) for one in found}


class ReportItem(serializers.ModelSerializer):
    """A report in a list; `context["keys"]` opens its text."""

    text = serializers.SerializerMethodField()

    class Meta:
        """What is shown."""

        model = Report
        fields = ("id", "number", "area", "category", "status", "text", "reporter_id", "assignee_id", "satisfaction", "submitted_at",
                  "updated_at")

    def get_text(self, report: Report) -> str:
        return _opened(self.context["keys"][report.reporter_id], _place("reports", "text", report.id), report.sealed_text).decode()


class ReportWhole(ReportItem):
    """A report whole."""

    resolution = serializers.SerializerMethodField()
    photos = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    class Meta(ReportItem.Meta):
        """What is shown besides."""

        fields = (*ReportItem.Meta.fields, "lat", "lng", "resolution", "reopen_count", "photos", "actions")

    def get_resolution(self, report: Report) -> str | None:
        if report.resolved_at is None:
            return None
        step = Transition.objects.filter(report_id=report.id, action="resolve").order_by("-seq").first()
        place = _place("transitions", step.seq, report.id)
        return _opened(self.context["keys"][report.reporter_id], place, step.sealed_note).decode() if step.sealed_note else None

    def get_photos(self, report: Report) -> list[dict[str, Any]]:
        found = Upload.objects.filter(claimed_by__in=[f"before/{report.id}", f"after/{report.id}"]).order_by("-claimed_by", "id")
        return [
            {"id": one.id, "role": one.claimed_by.partition("/")[0], "state": one.state, "reason": one.reason,
             "url": _link(one.web_key), "thumb_url": _link(one.thumb_key)}
            for one in found
        ]

    def get_actions(self, report: Report) -> list[dict[str, str]]:
        acts = ("accept", "assign", "return", "process", "resolve", "rate", "close", "reopen")
        return [{"name": act, "href": f"/api/v1/reports/{report.id}/{act}"} for act in acts]


class Place(serializers.Serializer):
    """Where."""

    area = serializers.RegexField(r"^[A-Za-z0-9_]{1,32}(\.[A-Za-z0-9_]{1,32}){0,11}$", max_length=256)
    lat = serializers.FloatField(min_value=-90, max_value=90, required=False)
    lng = serializers.FloatField(min_value=-180, max_value=180, required=False)


class NewReport(serializers.Serializer):
    """What a resident says."""

    text = serializers.CharField(max_length=2000)
    category = serializers.ChoiceField(choices=["lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise"])
    place = Place()
    client_token = serializers.UUIDField()


class Reports(APIView):
    """The list, and filing."""

    authentication_classes = (Bearer,)

    def get(self, request: Request) -> Response:
        asked = Report.objects.extra(where=["area <@ any(%s::text[]::ltree[])"], params=[request.user.areas])
        total = min(asked.values("id")[:1001].count(), 1000)
        rows = list(asked.order_by("-id")[:21])
        shown = rows[:20]
        items = ReportItem(shown, many=True, context={"keys": _person_keys({one.reporter_id for one in shown})}).data
        return Response({"items": items, "next": str(shown[-1].id) if len(rows) > 20 else None, "total": total, "total_is": "exact"})

    def post(self, request: Request) -> Response:
        wanted = NewReport(data=request.data)
        wanted.is_valid(raise_exception=True)
        with transaction.atomic():
            return self._filed(request, wanted.validated_data)

    def _filed(self, request: Request, said: dict[str, Any]) -> Response:
        now, key, person = datetime.now(UTC), request.headers["idempotency-key"], request.user.id
        digest = hashlib.sha256(request.path.encode() + json.dumps(request.data).encode()).digest()
        Key.objects.filter(actor_id=person, key=key, created_at__lt=now - timedelta(days=1)).delete()
        reserved, is_new = Key.objects.get_or_create(actor_id=person, key=key, defaults={"request_hash": digest, "created_at": now})
        if not is_new:
            raise ValidationError("used")
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [(said["client_token"].int >> 64) - (1 << 63)])
        if Report.objects.filter(reporter_id=person, client_token=said["client_token"]).exists():
            raise ValidationError("filed")
        area = said["place"]["area"]
        if not Area.objects.filter(path=area, closed=False).exists():
            raise ValidationError("no such area")
        number, _ = Number.objects.select_for_update().get_or_create(community=area, day=now.date(), defaults={"last": 0})
        Number.objects.filter(pk=number.pk).update(last=F("last") + 1)
        report, person_key = uuid.UUID(int=int(now.timestamp() * 1000) << 80 | uuid.uuid4().int >> 48), self._key(person, now)
        step = hashlib.sha256(f"{report}file{now}".encode()).digest()
        made = Report.objects.create(
            id=report, number=f"GH-{now:%Y%m%d}-{number.last + 1:04d}", client_token=said["client_token"], reporter_id=person, area=area,
            category=said["category"], status="submitted", lat=said["place"].get("lat"), lng=said["place"].get("lng"),
            sealed_text=_sealed(person_key, _place("reports", "text", report), said["text"].encode()), reopen_count=0,
            submitted_at=now, updated_at=now, last_seq=1, last_hash=step,
        )
        Transition.objects.create(
            report_id=report, seq=1, action="file", to_status="submitted", actor_id=person, at=now, previous_hash=b"", hash=step,
        )
        self._set_going(made, now)
        self._announced(made, now)
        answer = ReportWhole(made, context={"keys": {person: person_key}}).data
        sealed = _sealed(_KEK, _place("idempotency", key, person), json.dumps(answer, default=str).encode())
        Key.objects.filter(pk=reserved.pk).update(status=201, sealed_body=sealed)
        return Response(answer, 201)

    def _set_going(self, report: Report, now: datetime) -> None:
        Clock.objects.bulk_create([
            Clock(
                id=uuid.uuid4(), report_id=report.id, kind=kind, state="running", minutes=minutes, by_night=by_night, policy_version=0,
                started_at=now, due_at=due(now, minutes, by_night), next_at=due(now, minutes / 2, by_night), warned=0,
                paused_total=timedelta(),
            )
            for kind, minutes, by_night in (("respond", 120, False), ("resolve", 10_080, True))
        ])

    def _announced(self, report: Report, now: datetime) -> None:
        subject, topic = f"report/{report.id}", "reports.report_submitted.v1"
        Stream.objects.get_or_create(subject=subject, defaults={"seq": 1})
        body = {"report_id": str(report.id), "number": report.number, "category": report.category}
        Outbox.objects.create(
            id=uuid.uuid4(), topic=topic, subject=subject, seq=1, body=json.dumps(body).encode(), headers={"cloudEvents:type": topic},
            occurred_at=now, not_before=now + timedelta(days=3650),  # the relay leaves it alone
        )

    def _key(self, person: uuid.UUID, now: datetime) -> bytes:
        known = _person_keys({person})
        if person not in known:
            wrapped = _sealed(_KEK, _place("person_keys", "wrapped", person), os.urandom(32))
            with connection.cursor() as cursor:
                cursor.execute("insert into person_keys values (%s, %s, %s) on conflict do nothing", [person, wrapped, now])
            known = _person_keys({person})
        return known[person]


class OneReport(APIView):
    """One of them."""

    authentication_classes = (Bearer,)

    def get(self, request: Request, key: uuid.UUID) -> Response:
        report = Report.objects.filter(pk=key).first()
        if report is None or not any(report.area == area or report.area.startswith(f"{area}.") for area in request.user.areas):
            raise NotFound
        return Response(ReportWhole(report, context={"keys": _person_keys({report.reporter_id})}).data)


class Logged:
    """A line a request, as everybody writes one."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __call__(self, request: Any) -> Any:
        began = time.perf_counter()
        made = self.answer(request)
        _log.info("answered %s %s %.1f", request.method, made.status_code, (time.perf_counter() - began) * 1000)
        return made


urlpatterns = [path("api/v1/reports", Reports.as_view()), path("api/v1/reports/<uuid:key>", OneReport.as_view())]
application = get_wsgi_application()

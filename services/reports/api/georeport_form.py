"""What programs send over GeoReport v2, read: forms of two encodings, filters that are text, what senders in the wild add."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from chassis.problems import Malformed
from contracts.area import PATTERN
from services.reports.actions import open311 as acts
from services.reports.domain import open311 as rules
from services.reports.domain.coordinates import Point
from services.reports.domain.open311 import AskedUnfit, WhereNotSaid
from services.reports.store.open311 import Asked

ENCODINGS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS, _MOST_MEDIA, _LONGEST_URL = 200, 9, 2000
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_-]{1,64})\](\[\])?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,18})?")
_OF_PEOPLE = frozenset({"email", "first_name", "last_name", "phone", "device_id", "deviceid", "account_id"})


@dataclass(frozen=True)
class Given:
    """The fields of a form, each with all its values; files that came along are only counted."""

    fields: Mapping[str, list[str]]
    files: int
    key: str | None  # the header `Idempotency-Key`

    def one(self, name: str) -> str | None:
        """The last value of a field, None where it is absent or empty."""
        return (self.fields.get(name) or [""])[-1].strip() or None

    def text(self, name: str) -> str | None:
        """The same, of bounded length and without what no text has."""
        said = self.one(name)
        if said is not None and (len(said) > rules.LONGEST or "\0" in said):
            raise AskedUnfit(f"{name} 最长 {rules.LONGEST} 字，且不能含有无法保存的字符")
        return said


async def given(request: Request) -> Given:
    """The form of a request, url-encoded or multipart."""
    _must_be_utf8(request)
    fields, files = defaultdict[str, list[str]](list), 0
    try:
        async with request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files += 1
                else:
                    fields[name].append(value)
    except (HTTPException, UnicodeError):
        raise Malformed("正文不是有效的表单") from None
    return Given(fields, files, request.headers.get("idempotency-key"))


def _must_be_utf8(request: Request) -> None:
    """The standard knows no other; some of what Python knows besides is slow without bound, or makes what no database keeps."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if options.get(b"charset", b"utf-8").lower() not in {b"utf-8", b"utf8"}:
        raise Malformed("表单须为 UTF-8 编码")


def sent(form: Given) -> acts.Sent:
    """A service request as it was sent."""
    attributes = defaultdict[str, list[str]](list)
    for name, values in form.fields.items():
        if (found := _ATTRIBUTE.fullmatch(name)) is not None:
            attributes[found[1]] += [one.strip() for one in values]
    token = form.text("idempotency_token") or form.key
    return acts.Sent(
        form.one("service_code"), form.text("description") or "", attributes, _point(form), form.text("address_string"),
        _place(form.one("address_id")), _media(form), token,
    )


def notice(form: Given) -> str | None:
    """What was sent and is not kept, so that nobody relies on it."""
    people = "联系方式未保存；" if any(form.one(name) for name in _OF_PEOPLE) else ""
    files = "随附文件未保存，请用 media_url；" if form.files else ""
    return (people + files).removesuffix("；") or None


def asked(community: str, filters: Any, now: datetime) -> Asked:
    """The filters of GET Service Requests; ids stand above all others (the standard), AskedUnfit, DatesUnfit."""
    if filters.service_request_id:
        return Asked(community, rules.EVER, ids=acts.ids(_listed(filters.service_request_id)))
    statuses = [state for one in _listed(filters.status) for state in rules.inner(one)]
    updated = (filters.updated_after, filters.updated_before)
    return Asked(
        community, rules.window(filters.start_date, filters.end_date, now),
        categories=tuple(_listed(filters.service_code)) or None, statuses=tuple(statuses) or None,
        updated=rules.between(*updated) if any(updated) else None, box=_box(filters.bbox),
        around=_around(filters.lat, filters.long, filters.radius),
    )


def paging(filters: Any) -> dict[str, int]:
    """Which page, of how many; the page 0 is the first, as uReport has it."""
    size = min(max(1, _whole(filters.page_size, rules.MOST)), rules.MOST)
    return {"page": max(1, _whole(filters.page, 1)), "size": size}


def update(form: Given) -> acts.Update:
    """A service request update as it was sent."""
    closed, description = (form.one("status") or "open").lower() == "closed", form.text("description")
    if not closed and description is None:
        raise AskedUnfit("缺少 description")
    return acts.Update(form.one("service_request_id") or "", closed, description or "")


def _whole(said: str | None, otherwise: int) -> int:
    """A whole number; AskedUnfit."""
    if not said:
        return otherwise
    if not (said.isascii() and said.isdecimal() and len(said) <= 6):  # noqa: PLR2004 - of pages there are fewer
        raise AskedUnfit("page 与 page_size 须为整数")
    return int(said)


def _listed(said: str | None) -> list[str]:
    return [one.strip() for one in (said or "").split(",") if one.strip()]


def _number(said: str) -> float:
    if _NUMBER.fullmatch(said) is None:  # float() takes other scripts' digits, underscores and infinities as well
        raise AskedUnfit("坐标与半径须为数字")
    return float(said)


def _on_earth(lat: str, lng: str) -> tuple[float, float]:
    degrees = _number(lat), _number(lng)
    if not (-90 <= degrees[0] <= 90 and -180 <= degrees[1] <= 180):  # noqa: PLR2004 - degrees
        raise AskedUnfit("坐标超出范围")
    return degrees


def _point(form: Given) -> Point | None:
    lat, lng = form.one("lat"), form.one("long")
    if (lat is None) != (lng is None):
        raise WhereNotSaid("lat 与 long 须同时给出")
    return Point(*_on_earth(lat, lng)) if lat is not None and lng is not None else None


def _place(said: str | None) -> str | None:
    if said is not None and re.fullmatch(PATTERN, said) is None:
        raise WhereNotSaid("address_id 是区域编码")
    return said


def _media(form: Given) -> list[str]:
    found = [one for name in ("media_url", "media_url[]") for one in form.fields.get(name, []) if one.strip()]
    if len(found) > _MOST_MEDIA or not all(_is_address(one) for one in found):
        raise AskedUnfit(f"media_url 须为 http(s) 地址，最多 {_MOST_MEDIA} 个")
    return found


def _is_address(said: str) -> bool:
    try:
        url = urlsplit(said)
    except ValueError:  # brackets that do not match, letters that are others once they are normalised
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and len(said) <= _LONGEST_URL and said.isprintable()


def _box(said: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east, north, as uReport and FixMyStreet take them."""
    if not said:
        return None
    edges = said.split(",")
    if len(edges) != 4:  # noqa: PLR2004 - edges
        raise AskedUnfit("bbox 是 minLng,minLat,maxLng,maxLat")
    (south, west), (north, east) = _on_earth(edges[1], edges[0]), _on_earth(edges[3], edges[2])
    return west, south, east, north


def _around(lat: str | None, lng: str | None, radius: str | None) -> tuple[float, float, float] | None:
    if not lat and not lng:
        return None
    if not lat or not lng:
        raise AskedUnfit("lat 与 long 须同时给出")
    metres = _number(radius) if radius else 100.0
    if not 0 < metres <= 100_000:  # noqa: PLR2004 - a city
        raise AskedUnfit("radius 以米计，最大 100000")
    return (*_on_earth(lat, lng), metres)

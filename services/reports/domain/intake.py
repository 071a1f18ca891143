"""转入: what another 311 system publishes, as reports of ours: CSV as New York, Boston and San Francisco do, GeoReport v2 JSON.

Such data is dirty, and whoever takes it over sees how, row by row, before anything is taken. What is closed there is passed
over: our figures, chains and ratings speak of what was done here. Clocks begin when it is taken over; since when it is so there
stands in the text.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.reports.domain.category import CATEGORIES
from services.reports.domain.coordinates import Point
from services.reports.domain.open311 import LONGEST

MOST_ROWS, MOST_BYTES, LONGEST_KEY = 20_000, 64 * 1024 * 1024, 80
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=5)  # clocks differ
TITLES: dict[str, tuple[str, ...]] = {  # what the columns are called, in lower case; the first that is there and filled counts
    "key": ("unique key", "case_enquiry_id", "caseid", "service_request_id"),
    "opened": ("created date", "open_dt", "opened", "requested_datetime"),
    "closed": ("closed date", "closed_dt", "closed", "closed_date"),
    "status": ("status", "case_status", "status_description"),
    "category": ("complaint type", "type", "category", "service_name", "service_code"),
    "says": ("descriptor", "case_title", "request details", "request type", "description", "service_subtype"),
    "address": ("incident address", "location", "address"),
    "lat": ("latitude", "lat"), "lng": ("longitude", "long", "lng"),
}
NEEDED = ("key", "opened", "category")
_OVER = frozenset({"closed", "cancelled", "canceled", "completed", "resolved", "closed - duplicate"})
_FORMS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y")
# words of their categories, in lower case, and ours; an operator's own table comes first, and `*` in it stands for all others
KNOWN: Mapping[str, str] = {
    "street light condition": "lighting", "street lights": "lighting", "streetlights": "lighting",
    "street light outages": "lighting",
    "water system": "water", "water leak": "water", "plumbing": "water", "sewer": "water", "electric": "electricity",
    "power outage": "electricity", "sanitation condition": "sanitation", "dirty condition": "sanitation",
    "street and sidewalk cleaning": "sanitation", "missed trash/recycling/yard waste/bulk item": "sanitation",
    "graffiti": "sanitation",
    "illegal dumping": "sanitation", "street condition": "road", "pothole": "road", "request for pothole repair": "road",
    "sidewalk condition": "road", "street defects": "road", "damaged tree": "greening", "tree maintenance": "greening",
    "dead/dying tree": "greening", "blocked fire exit": "safety", "unsafe structure": "safety", "noise - residential": "noise",
    "noise - street/sidewalk": "noise", "noise": "noise", "noise report": "noise", "illegal parking": "parking",
    "blocked driveway": "parking", "parking enforcement": "parking", "abandoned vehicle": "parking", "other": "other",
}


class FileUnfit(Exception):
    """The file is none that is taken: no UTF-8, no table with the columns that are needed, or too large."""


class CategoriesUnfit(Exception):
    """The table of categories is no object of words, or leads to what is no category of ours."""


class IntakeWrong(Exception):
    """While a row is wrong nothing is taken."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row, counted as a spreadsheet does: the titles are the first."""

    row: int
    key: str
    why: str


@dataclass(frozen=True)
class Draft:
    """A report to be."""

    row: int
    key: str
    category: str
    text: str
    point: Point | None


@dataclass
class Intake:
    """What a file came to: what would be taken, what is passed over and why, and what is wrong."""

    drafts: list[Draft] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


class _Wrong(Exception):
    """Of one row."""


class _Passed(Exception):
    """Of one row."""


def table(said: bytes) -> dict[str, str]:
    """An operator's table of categories: JSON, their word → ours; CategoriesUnfit."""
    try:
        found = json.loads(said)
    except ValueError as broken:
        raise CategoriesUnfit from broken
    if not isinstance(found, dict) or not all(ours in CATEGORIES for ours in found.values()):
        raise CategoriesUnfit
    return {_word(word): ours for word, ours in found.items()}


def read(content: bytes, *, source: str, zone: ZoneInfo, now: datetime, categories: Mapping[str, str]) -> Intake:
    """Every row looked at; FileUnfit. `zone` is that of times which name none; the same file is read alike each time."""
    made = Intake()
    seen: dict[str, Draft] = {}
    reader = _Reader(source, zone, now, {**KNOWN, **categories})
    for number, row in enumerate(_rows(content), start=2):
        key = _one(row, "key")
        try:
            made.drafts.append(_once(reader.draft(number, key, row), seen))
        except _Passed as why:
            made.passed[str(why)] += 1
        except _Wrong as why:
            made.problems.append(Problem(number, key[:LONGEST_KEY], str(why)))
    return made


def _once(draft: Draft, seen: dict[str, Draft]) -> Draft:
    before = seen.setdefault(draft.key, draft)
    if before is not draft:
        same = (before.category, before.text, before.point) == (draft.category, draft.text, draft.point)
        raise _Passed("twice") if same else _Wrong("twice-and-different")
    return draft


@dataclass(frozen=True)
class _Reader:
    source: str
    zone: ZoneInfo
    now: datetime
    categories: Mapping[str, str]

    def draft(self, number: int, key: str, row: Mapping[str, str]) -> Draft:
        if not key or len(key) > LONGEST_KEY:
            raise _Wrong("key-unfit")
        if row.get("\0more"):
            raise _Wrong("cells-too-many")
        opened = self._opened(row)
        text = self._text(key, opened, row)
        if len(text) > LONGEST:
            raise _Wrong("text-too-long")
        return Draft(number, key, self._category(row), text, _point(row))

    def _opened(self, row: Mapping[str, str]) -> datetime:
        opened = self._moment(_one(row, "opened"))
        if opened is None or opened < EARLIEST:
            raise _Wrong("opened-unfit")
        if opened > self.now + _AHEAD:
            raise _Wrong("opened-in-future")
        closed = _one(row, "closed")
        ended = self._moment(closed) if closed else None
        if closed and (ended is None or ended < opened):
            raise _Wrong("closed-unfit" if ended is None else "closed-before-opened")
        if closed or _one(row, "status").casefold() in _OVER:
            raise _Passed("closed")
        return opened

    def _moment(self, said: str) -> datetime | None:
        """A moment; of one without a zone, in that of the file: of an hour that is there twice the first."""
        found = _iso(said) or next((one for form in _FORMS if (one := _parsed(said, form)) is not None), None)
        if found is None:
            return None
        try:
            return (found if found.tzinfo is not None else found.replace(tzinfo=self.zone)).astimezone(UTC)
        except (OverflowError, ValueError):
            return None

    def _category(self, row: Mapping[str, str]) -> str:
        word = _word(_one(row, "category"))
        found = self.categories.get(word) or self.categories.get("*")
        if not word or found is None:
            raise _Wrong("category-unknown")
        return found

    def _text(self, key: str, opened: datetime, row: Mapping[str, str]) -> str:
        where, says = _one(row, "address"), _one(row, "says")
        lines = [_one(row, "category"), says, f"地点：{where}" if where else "", self._from(key, opened)]
        return "\n".join(line for line in lines if line)

    def _from(self, key: str, opened: datetime) -> str:
        return f"（转自 {self.source}，原编号 {key}，提交于 {opened.astimezone(self.zone):%Y-%m-%d %H:%M}）"


def _point(row: Mapping[str, str]) -> Point | None:
    """Where it is, on WGS-84; none, where a half is missing or both are nought, as such systems write what they do not know."""
    lat, lng = _one(row, "lat"), _one(row, "lng")
    if not lat or not lng:
        return None
    try:
        found = Point(float(lat), float(lng))
    except ValueError:
        raise _Wrong("point-unfit") from None
    if not (-90 <= found.lat <= 90 and -180 <= found.lng <= 180):  # noqa: PLR2004 - the whole earth; not a number is nowhere
        raise _Wrong("point-unfit")
    return None if found.lat == 0 and found.lng == 0 else found


def _one(row: Mapping[str, str], name: str) -> str:
    return next((said for title in TITLES[name] if (said := row.get(title, ""))), "")


def _word(said: object) -> str:
    return " ".join(str(said).split()).casefold()


def _iso(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def _parsed(said: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(said, form)  # noqa: DTZ007 - the zone is the file's
    except ValueError:
        return None


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    if len(content) > MOST_BYTES:
        raise FileUnfit("larger than 64 MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnfit("no UTF-8") from None
    found = _of_json(text) if text.lstrip()[:1] in {"[", "{"} else _of_csv(text)
    for number, row in enumerate(found, start=1):
        if number > MOST_ROWS:
            raise FileUnfit(f"more than {MOST_ROWS} rows")
        yield row


def _of_csv(text: str) -> Iterator[dict[str, str]]:
    if "\0" in text:
        raise FileUnfit("bytes of nought")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        titles = [one.strip().casefold() for one in next(reader, [])]
        _must_have(titles)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                more = "".join(cells[len(titles) :]).strip()
                yield {title: cell.strip() for title, cell in zip(titles, cells, strict=False)} | {"\0more": more}
    except csv.Error as broken:
        raise FileUnfit(str(broken)) from None


def _of_json(text: str) -> Iterator[dict[str, str]]:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise FileUnfit("no JSON") from None
    found = said.get("service_requests", said.get("requests")) if isinstance(said, dict) else said
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise FileUnfit("no list of requests")
    for one in found:
        yield {str(name).casefold(): "" if value is None else str(value).strip() for name, value in one.items()}


def _must_have(titles: list[str]) -> None:
    missing = [name for name in NEEDED if not set(TITLES[name]) & set(titles)]
    if missing or len(set(titles)) != len(titles):
        raise FileUnfit(f"columns missing: {', '.join(missing)}" if missing else "a column is there twice")

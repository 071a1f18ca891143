"""The archive a person is handed: JSON for programs, a page in Chinese for people, and on both whose it is, when, how much."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from contracts.calendar import CHENGDU

_SERVICES = {"identity": "账号与住房", "reports": "随手拍报事", "gate": "门岗", "health": "健康小屋", "notify": "通知"}
_STYLE = "body{font-family:sans-serif;max-width:60em;margin:auto}td,th{border:1px solid #999;padding:.3em;text-align:left}"


@dataclass(frozen=True)
class Mark:
    """What every file says of itself: whose copy, which, when it was asked for and fetched."""

    export: UUID
    person: UUID
    asked_at: datetime
    fetched_at: datetime


def rows_of(told: Mapping[str, Any]) -> int:
    """As every service counts its part: the lines of its lists, and each single value."""
    return sum(len(one) if isinstance(one, list) else 1 for one in told.values())


def zipped(mark: Mark, told: Mapping[str, Mapping[str, Any] | None]) -> bytes:
    """The archive; a service that could not hand out its part (None) is named on the first page, not left out."""
    rows = sum(rows_of(one) for one in told.values() if one is not None)
    said = {
        "export_id": str(mark.export), "person_id": str(mark.person), "asked_at": mark.asked_at.isoformat(),
        "fetched_at": mark.fetched_at.isoformat(), "rows": rows,
        "parts": {service: "missing" if one is None else rows_of(one) for service, one in told.items()},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.json", _json(said))
        archive.writestr("个人信息副本.html", _page(mark, rows, told))
        for service, one in told.items():
            if one is not None:
                archive.writestr(f"{service}.json", _json({"watermark": said, **one}))
    return made.getvalue()


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)


def _page(mark: Mark, rows: int, told: Mapping[str, Mapping[str, Any] | None]) -> str:
    local = f"{mark.fetched_at.astimezone(CHENGDU):%Y-%m-%d %H:%M}"
    whose = f"本副本由本人（编号 {mark.person}）于 {local} 取走，共 {rows} 行，副本编号 {mark.export}。请妥善保管，勿转交他人。"
    parts = "".join(_part(service, one) for service, one in told.items())
    head = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>个人信息副本</title><style>{_STYLE}</style>'
    return f"{head}<h1>个人信息副本</h1><p>{whose}</p>{parts}<p>{whose}</p></html>"


def _part(service: str, one: Mapping[str, Any] | None) -> str:
    title = f"<h2>{_SERVICES.get(service, service)}</h2>"
    if one is None:
        return f"{title}<p><strong>这一部分未能取得，本副本不完整。请重新申请，或联系社区。</strong></p>"
    return title + _shown(one)


def _shown(value: Any) -> str:
    """Tables of what was said; whatever a person wrote is text and nothing else."""
    if isinstance(value, Mapping):
        lines = "".join(f"<tr><th>{escape(str(name))}</th><td>{_shown(one)}</td></tr>" for name, one in value.items())
        return f"<table>{lines}</table>"
    if isinstance(value, list):
        return "".join(f"<div>{_shown(one)}</div>" for one in value) or "无"
    return "无" if value is None else escape(str(value))

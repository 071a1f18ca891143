"""The documents of the whole: one OpenAPI of all services, one AsyncAPI of all events, the pages behind problem types."""

import re
from html import escape
from pathlib import Path
from typing import Any

import httpx
from markdown_it import MarkdownIt

from chassis.errors import Unavailable
from contracts.event import EVENTS
from contracts.subscriptions import QUEUES

DOCS = Path(__file__).parent.parent / "docs"
_NAME = re.compile(r"[a-z][a-z-]{1,60}")
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


async def openapi(addresses: dict[str, str], origin: str, own: dict[str, Any]) -> dict[str, Any]:
    """The operations of every service that answers, under one roof; schemas carry their service's name."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0", "info": {"title": "智惠国槐", "version": "1"}, "servers": [{"url": origin}], "paths": {},
        "components": {"schemas": {}, "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"},
        }},
        "security": [{"bearer": []}],
    }
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            for service, address in addresses.items():
                _merge(merged, _prefixed(service, (await client.get(f"{address}/schema.json")).json()))
    except (httpx.HTTPError, ValueError) as silent:
        raise Unavailable(f"服务 {service} 暂时没有响应") from silent
    _merge(merged, _prefixed("edge", own))
    for methods in merged["paths"].values():
        for operation in methods.values():
            if "public" in operation.get("tags", []):
                operation["security"] = []
    return merged


def _merge(merged: dict[str, Any], document: Any) -> None:
    merged["paths"] |= document["paths"]
    merged["components"]["schemas"] |= document["components"]["schemas"]


def _prefixed(service: str, document: Any) -> Any:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one) for one in value]
        if isinstance(value, str) and value.startswith("#/components/schemas/"):
            return value.replace("#/components/schemas/", f"#/components/schemas/{service}.", 1)
        return value

    walked = walk(document)
    schemas = walked.get("components", {}).get("schemas", {})
    walked.setdefault("components", {})["schemas"] = {f"{service}.{name}": shape for name, shape in schemas.items()}
    return walked


def asyncapi() -> dict[str, Any]:
    """Every event as a channel with its message (AsyncAPI 3.0)."""
    channels, operations = {}, {}
    for topic, shape in sorted(EVENTS.items()):
        schema = shape.model_json_schema(mode="serialization")
        channels[topic] = {
            "address": topic, "description": (shape.__doc__ or "").strip(),
            "messages": {"event": {"contentType": "application/json", "payload": schema}},
        }
        operations[f"publish {topic}"] = {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
    for queue, topics in sorted(QUEUES.items()):
        for topic in topics:
            operations[f"{queue} hears {topic}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{topic}"}}
    return {"asyncapi": "3.0.0", "info": {"title": "智惠国槐", "version": "1"}, "channels": channels, "operations": operations}


def problem(name: str) -> str | None:
    """The page of a problem type, None if there is none."""
    if not _NAME.fullmatch(name) or not (DOCS / "problems" / f"{name}.md").is_file():
        return None
    return page(DOCS / "problems" / f"{name}.md")


def problems() -> str:
    """All problem types by name, with the status and the sentence people are told."""
    rows = []
    for file in sorted((DOCS / "problems").glob("*.md")):
        told, said = file.read_text().splitlines()[:3:2]
        status = said.partition(" · ")[0].removeprefix("HTTP 状态 ")
        rows.append(f"| [{file.stem}](/problems/{file.stem}) | {status} | {told.lstrip('# ')} |")
    return written("\n".join(["# 错误说明 Problem types", "", "| type | HTTP | 说明 |", "|---|---|---|", *rows]))


def page(file: Path) -> str:
    """A document of ours as a page."""
    return written(file.read_text())


def written(text: str) -> str:
    """Markdown as a page; its first line is the title."""
    title = escape(text.splitlines()[0].lstrip("# "))
    return _PAGE.replace("{title}", title).replace("{body}", _markdown.render(text))


_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title} · 智惠国槐</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/static/page.css">
</head><body class="document"><main>{body}</main><footer><a href="/">智惠国槐</a></footer></body></html>"""

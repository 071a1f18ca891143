"""What a service offers, as its own document says it: operations, and a body that fits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.local.layout import ROOT

ENDLESS, WHOLE = "/api/v1/live", "/openapi.json"  # a stream, and what asks all other services


@dataclass(frozen=True)
class Operation:
    """One of them; `body` is the schema of its body, if it takes one."""

    method: str
    path: str
    said: dict[str, Any]
    schemas: dict[str, Any]

    @property
    def media(self) -> str:
        """The type of its body."""
        return next(iter(self.said.get("requestBody", {}).get("content", {})), "")

    @property
    def body(self) -> dict[str, Any]:
        """The schema of its body, references followed; empty if it takes none."""
        content = self.said.get("requestBody", {}).get("content", {})
        return self._followed(next(iter(content.values()), {}).get("schema", {}))

    @property
    def queries(self) -> list[str]:
        """The names of its query parameters."""
        return [one["name"] for one in self.said.get("parameters", []) if one["in"] == "query"]

    def fields(self) -> dict[str, Any]:
        """The fields of its body, each with its schema."""
        return {name: self._followed(one) for name, one in self.body.get("properties", {}).items()}

    def _followed(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return dict(self.schemas.get(name, schema))


def offered(owner: str) -> Iterator[Operation]:
    """Everything a service offers and answers at once, from the document that `make check` compares with the code."""
    document = json.loads((ROOT / "docs" / "openapi" / f"{owner}.json").read_text())
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if path not in {ENDLESS, WHOLE}:
                yield Operation(method.upper(), path, said, document["components"]["schemas"])

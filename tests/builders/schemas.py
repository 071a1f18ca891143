"""What a service offers, as Schemathesis reads it: it makes requests that fit, and requests that do not."""

import json
from functools import cache
from typing import Any

import schemathesis
from builders.operations import ENDLESS

from deploy.local.layout import ROOT


@cache
def operations(owner: str) -> dict[str, Any]:
    """Label → operation, from the document that is committed and compared with the code; streams left out."""
    document = json.loads((ROOT / "docs" / "openapi" / f"{owner}.json").read_text())
    found = [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]
    return {one.label: one for one in found if one.path != ENDLESS}

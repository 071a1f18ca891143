"""How OAuth's endpoints say no: as RFC 6749 section 5.2 wants it, beside what our problem documents say."""

import json
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from chassis.errors import Refusal
from chassis.route import Route


class OAuthRoute(Route):
    """A refusal that has an OAuth error is told as one; every other stays the problem document it is everywhere."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        made = await super()._refused(request, broken)
        if not isinstance(broken, Refusal) or "error" not in broken.extra:
            return made
        said: dict[str, Any] = json.loads(bytes(made.body))
        law = (type(broken).__doc__ or "").strip().splitlines()[0]
        told = {**said, "error_description": law.replace('"', "'")}  # English and ASCII, as section 5.2 wants it
        return JSONResponse(told, made.status_code, headers={"cache-control": "no-store", "pragma": "no-cache"})

"""Doors whose questions or answers hold personal values that may lie nowhere else, not even under an `Idempotency-Key`."""

from typing import Any

from fastapi import Request

from chassis.db import Work
from services.identity.api.fresh import StepUpRoute


class UnkeptRoute(StepUpRoute):
    """No key is taken: it would keep the answer for a day, also after its person was forgotten, and the question's bare hash.

    A number of papers can be found from a bare hash in minutes. What is done here is done once by what it does, or is a look,
    and a look that is repeated is another one.
    """

    async def _reserve(self, request: Request, work: Work) -> Any:  # noqa: ARG002 - the chassis gives both
        return None

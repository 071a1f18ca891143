"""`python -m simulators.hospital`: hospitals over FHIR R4 and SOAP at `PORT`, and over HL7 v2 (MLLP) at `MLLP_PORT`.

Each house has a name, `/{house}/fhir` or `/{house}/soap` in an address. `POST /steer/{house}/…` is how tests say what it offers
and how it fails.
"""

import asyncio
import os
from collections import defaultdict

import uvicorn
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.hospital.fhir import Fhir
from simulators.hospital.house import FAULTS, House, Kept, Offer
from simulators.hospital.soap import Soap
from simulators.hospital.v2 import Listener

_OFFERS, _MOMENT = TypeAdapter(list[Offer]), TypeAdapter(AwareDatetime)


def _unfit(unfit: ValidationError) -> Response:
    """What is offered wrongly is said at once, not to the partner who reads it a minute later."""
    return JSONResponse({"detail": [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in unfit.errors()]}, 422)


class Steering:
    """What tests do to a house."""

    def __init__(self, houses: dict[str, House]) -> None:
        self._houses = houses

    async def reset(self, request: Request) -> Response:
        """Nothing is offered, kept or planned any more."""
        self._houses[request.path_params["house"]] = House()
        return Response(status_code=204)

    async def offer(self, request: Request) -> Response:
        """Slots, each `{id, start, end, schedule, specialty[, blocked]}`; times bear their zone. All are offered, or none."""
        try:
            offered = _OFFERS.validate_json(await request.body())
        except ValidationError as unfit:
            return _unfit(unfit)
        self._house(request).offers.update({one.id: one for one in offered})
        return Response(status_code=204)

    async def fail(self, request: Request) -> Response:
        """The faults of the next writes, in their order; an empty word is none."""
        said = await request.json()
        if not set(said) <= {*FAULTS, ""}:
            return JSONResponse({"detail": f"one of {sorted(FAULTS)}"}, 422)
        self._house(request).faults.extend(said)
        return Response(status_code=204)

    async def calm(self, request: Request) -> Response:
        """No more faults."""
        self._house(request).faults.clear()
        return Response(status_code=204)

    async def lapse(self, request: Request) -> Response:
        """What was locked over SOAP is locked no more, as when its time is over."""
        self._house(request).locks.clear()
        return Response(status_code=204)

    async def deafen(self, request: Request) -> Response:
        """It tells nobody what there is; or does again."""
        self._house(request).is_deaf = bool(await request.json())
        return Response(status_code=204)

    async def keep(self, request: Request) -> Response:
        """An appointment that it keeps, whoever asked for it; of one that is there, what is said anew."""
        said = await request.json()
        try:
            moments = {name: _MOMENT.validate_python(said[name]) for name in ("start", "end") if name in said}
        except ValidationError as unfit:
            return _unfit(unfit)
        house, there = self._house(request), said.get("ref")
        one = house.kept[there] if there in house.kept else Kept(**(said | moments))
        for name, value in (said | moments).items():
            setattr(one, name, value)
        one.version += 1
        house.kept[one.ref] = one
        return JSONResponse({"ref": one.ref}, 201)

    async def show(self, request: Request) -> Response:
        """The truth."""
        return JSONResponse(self._house(request).shown())

    def _house(self, request: Request) -> House:
        return self._houses[request.path_params["house"]]


def application(houses: dict[str, House], token: str) -> Starlette:
    """The program over HTTP."""
    steering = Steering(houses)
    acts = {
        "reset": steering.reset, "slots": steering.offer, "faults": steering.fail, "calm": steering.calm, "kept": steering.keep,
        "deaf": steering.deafen, "lapse": steering.lapse,
    }
    return Starlette(routes=[
        *(Route(f"/steer/{{house}}/{name}", act, methods=["POST"]) for name, act in acts.items()),
        Route("/steer/{house}", steering.show), *Fhir(houses.__getitem__, token).routes(),
        *Soap(houses.__getitem__, token).routes(),
    ])


async def main() -> None:
    """Both doors, on the same books."""
    houses: dict[str, House] = defaultdict(House)
    host, application_ = os.environ.get("HOST", "127.0.0.1"), application(houses, os.environ["HOSPITAL_TOKEN"])
    over_http = uvicorn.Server(uvicorn.Config(
        application_, host=host, port=int(os.environ["PORT"]), log_level="warning", access_log=False,
    ))
    async with await asyncio.start_server(Listener(houses.__getitem__).serve, host, int(os.environ["MLLP_PORT"]), limit=2**20):
        await over_http.serve()


if __name__ == "__main__":
    asyncio.run(main())

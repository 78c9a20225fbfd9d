"""Endpoints of the set-up: its state, and its steps."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dashboard import routes
from dashboard.live_endpoint import command_answer
from dashboard.live_parts import sentence_text
from dashboard.live_readout import Frame
from dashboard.said import said
from pipeline.setup_session import SetupSnapshot, SetupSource
from sensors.placement import Placement

Address = Annotated[str, StringConstraints(max_length=100)]


class BlinkRequest(BaseModel):
    """Body of a request to blink."""

    model_config = ConfigDict(extra="forbid")
    address: Address


class AssignRequest(BaseModel):
    """Body of the assignment: place by address; a sensor that is not named is not used."""

    model_config = ConfigDict(extra="forbid")
    places: Annotated[dict[Address, Placement], Field(max_length=50)]


class EmptyRequest(BaseModel):
    """Body of a step without choices."""

    model_config = ConfigDict(extra="forbid")


def setup_frame(snapshot: SetupSnapshot) -> Frame:
    """The set-up as plain data for the page."""
    return {
        "activity": snapshot.activity,
        "searched": snapshot.searched,
        "problem": sentence_text(said(snapshot.problem)) if snapshot.problem else "",
        "blinking": snapshot.blinking,
        "assigned": snapshot.assigned,
        "sensors": [
            {
                "address": sensor.address,
                "name": sensor.name,
                "id": sensor.sensor_id,
                "kind": sensor.kind,
                "rssi": sensor.rssi,
                "battery_percent": sensor.battery_percent,
                "message": said(sensor.message),
                "place": str(snapshot.places.get(sensor.address, "")),
            }
            for sensor in snapshot.sensors
        ],
    }


def add_setup_endpoints(app: FastAPI, source: SetupSource) -> None:
    """Add the set-up's state and steps to ``app``.

    Args:
        app: application that serves the pages.
        source: the set-up; its methods are called on worker threads.
    """
    router = APIRouter()

    @router.get(routes.SETUP_STATE)
    async def state() -> JSONResponse:
        return JSONResponse(setup_frame(await asyncio.to_thread(source.snapshot)))

    @router.post(routes.SETUP_FIND)
    async def find(body: EmptyRequest) -> JSONResponse:
        del body
        return await command_answer(source.find)

    @router.post(routes.SETUP_BLINK)
    async def blink(body: BlinkRequest) -> JSONResponse:
        return await command_answer(source.blink, body.address)

    @router.post(routes.SETUP_ASSIGN)
    async def assign(body: AssignRequest) -> JSONResponse:
        return await command_answer(source.assign, body.places)

    app.include_router(router)

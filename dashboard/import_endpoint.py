"""Endpoints that take files into the library."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dashboard import routes
from dashboard.errors import UploadRefused
from dashboard.import_jobs import ImportJob, ImportJobs
from pipeline.errors import FieldError
from pipeline.import_session import Details
from pipeline.journal_entry import conditions_from, line_from
from sensors.placement import Placement

Id = Annotated[str, StringConstraints(max_length=40)]
NAME_HEADER = "x-file-name"
LEAST_RATE_HZ, MOST_RATE_HZ = 10.0, 1700.0
"""As the command line takes it."""


class ImportRequest(BaseModel):
    """Body of a request to import files that were handed over."""

    model_config = ConfigDict(extra="forbid")
    uploads: Annotated[list[Id], Field(min_length=1, max_length=100)]
    runner: Annotated[str, StringConstraints(max_length=200)] = ""
    conditions: Annotated[str, StringConstraints(max_length=2_000)] = ""


class ImportAnswer(BaseModel):
    """Body of an answer to an import that asks."""

    model_config = ConfigDict(extra="forbid")
    job: Id
    places: Annotated[
        dict[
            Annotated[str, StringConstraints(max_length=400)],
            Literal["", "pelvis", "shank_left", "shank_right"],
        ],
        Field(max_length=100),
    ] = {}
    rate_hz: Annotated[str, StringConstraints(max_length=20)] = ""


def places_of(chosen: Mapping[str, str]) -> dict[str, Placement | None]:
    """Where sensors were worn; None for those that are left out.

    Raises:
        FieldError: two sensors at one place.
    """
    places = {name: Placement(place) if place else None for name, place in chosen.items()}
    worn = [place for place in places.values() if place is not None]
    if len(set(worn)) != len(worn):
        raise FieldError("places", "has a place twice", "Choose another place for one sensor")
    return places


def rate_of(text: str) -> float | None:
    """A sampling rate from a field, with decimal point or comma; None from an empty one.

    Raises:
        FieldError: it is no rate.
    """
    if not text.strip():
        return None
    try:
        rate = float(text.strip().replace(",", "."))
    except ValueError:
        rate = math.nan
    if not LEAST_RATE_HZ <= rate <= MOST_RATE_HZ:
        raise FieldError(
            "rate_hz", f"should be a number from {LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g}"
        )
    return rate


def job_object(job: ImportJob) -> dict[str, object]:
    """A job as plain data."""
    return {
        "id": job.job_id,
        "names": list(job.names),
        "state": job.state,
        "share": round(job.share, 3),
        "session": routes.session_url(job.session_id) if job.session_id else "",
        "remarks": job.remarks,
        "problem": job.problem,
        "sensors": list(job.sensors),
        "asks_rate": job.asks_rate,
    }


def add_import_endpoints(app: FastAPI, jobs: ImportJobs) -> None:
    """Add taking of files, and their import, to ``app``.

    Args:
        app: application that serves the pages.
        jobs: does the work.
    """

    async def upload(request: Request) -> JSONResponse:
        name = unquote(request.headers.get(NAME_HEADER, ""), errors="replace")[:400]
        try:
            size = int(request.headers.get("content-length", ""))
            upload_id = await jobs.receive(name, size, request.stream())
        except ValueError:
            return JSONResponse({"problem": "The request has no length."}, 411)
        except UploadRefused as error:
            return JSONResponse({"problem": str(error)}, 409)
        return JSONResponse({"upload": upload_id})

    async def begin(body: ImportRequest) -> JSONResponse:
        form = {"runner": body.runner, "conditions": body.conditions}
        try:
            runner, conditions = line_from(form, "runner"), conditions_from(form)
        except FieldError as error:
            return JSONResponse({"problem": str(error)}, 409)
        begun = await asyncio.to_thread(
            jobs.begin, body.uploads, runner=runner, conditions=conditions
        )
        return JSONResponse({"jobs": [job_object(job) for job in begun]})

    async def state(ids: str = "") -> JSONResponse:
        found = jobs.jobs(ids.split(",")[:100])
        return JSONResponse({"jobs": [job_object(job) for job in found]})

    async def answer(body: ImportAnswer) -> JSONResponse:
        try:
            details = Details(places_of(body.places), rate_of(body.rate_hz))
        except FieldError as error:
            return JSONResponse({"problem": str(error), "field": error.field}, 409)
        job = await asyncio.to_thread(jobs.answer, body.job, details)
        if job is None:
            return JSONResponse({"problem": "No such import waits for an answer."}, 409)
        return JSONResponse({"jobs": [job_object(job)]})

    app.add_api_route(routes.IMPORT_ANSWERS, answer, methods=["POST"])
    app.add_api_route(routes.UPLOADS, upload, methods=["POST"])
    app.add_api_route(routes.IMPORTS, begin, methods=["POST"])
    app.add_api_route(routes.IMPORTS, state, methods=["GET"])

"""Endpoints that take files into the library."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dashboard import routes
from dashboard.errors import UploadRefused
from dashboard.import_jobs import ImportJob, ImportJobs
from pipeline.errors import FieldError
from pipeline.journal_entry import conditions_from, line_from

Id = Annotated[str, StringConstraints(max_length=40)]
NAME_HEADER = "x-file-name"


class ImportRequest(BaseModel):
    """Body of a request to import files that were handed over."""

    model_config = ConfigDict(extra="forbid")
    uploads: Annotated[list[Id], Field(min_length=1, max_length=100)]
    runner: Annotated[str, StringConstraints(max_length=200)] = ""
    conditions: Annotated[str, StringConstraints(max_length=2_000)] = ""


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

    app.add_api_route(routes.UPLOADS, upload, methods=["POST"])
    app.add_api_route(routes.IMPORTS, begin, methods=["POST"])
    app.add_api_route(routes.IMPORTS, state, methods=["GET"])

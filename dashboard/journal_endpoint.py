"""Endpoints that change what people wrote, describe a session, delete, and export."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from dashboard import routes
from pipeline.errors import FieldError, StoreError
from pipeline.journal_entry import (
    conditions_from,
    entry_from,
    goal_from,
    line_from,
    plan_from,
    remark_from,
    score_from,
)
from pipeline.store import Store
from sensors.errors import LevelstrideError


class FormBody(BaseModel):
    """A form's values by name of field; what they mean is checked by the pipeline."""

    model_config = ConfigDict(extra="forbid")
    fields: Annotated[dict[str, str], Field(max_length=40)]


Form = Mapping[str, str]


def today() -> date:
    """Today where the computer is."""
    return datetime.now().astimezone().date()


async def answer(work: Callable[[], object]) -> JSONResponse:
    """Do something on a worker thread; a refusal becomes an answer that names its field."""
    try:
        await asyncio.to_thread(work)
    except FieldError as error:
        return JSONResponse({"problem": str(error), "field": error.field}, 409)
    except LevelstrideError as error:
        return JSONResponse({"problem": str(error)}, 409)
    return JSONResponse({"done": True})


def _describe(store: Store, session_id: str, form: Form) -> None:
    remark = remark_from(form)
    conditions = conditions_from(form)
    runner = line_from(form, "runner")
    store.describe_session(session_id, runner=runner, conditions=conditions)
    store.journal.write_remark(store.session_id(session_id), remark)


def _delete_runner(store: Store, runner_id: str, form: Form) -> None:
    name = store.journal.runner_file(runner_id).name
    if form.get("confirm", "").strip() != (name or "delete"):
        raise FieldError("confirm", "is not the name", "Write it exactly; nothing was deleted")
    store.delete_runner(name)


def _export(store: Store, runner_id: str) -> Path:
    name = store.journal.runner_file(runner_id).name
    with tempfile.NamedTemporaryFile(
        dir=store.folder, prefix=".export-", suffix=".zip", delete=False
    ) as file:
        path = Path(file.name)
    try:
        store.export_runner(name, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def add_journal_endpoints(app: FastAPI, store: Store) -> None:
    """Add them to ``app``.

    Args:
        app: application that serves the pages.
        store: library.
    """
    journal = store.journal
    changes: dict[str, Callable[[str, Form], object]] = {
        routes.RUNNER_JOURNAL: lambda key, form: journal.add_entry(key, entry_from(form)),
        routes.RUNNER_SCORES: lambda key, form: journal.add_score(key, score_from(form)),
        routes.RUNNER_GOALS: lambda key, form: journal.add_goal(key, goal_from(form, today())),
        routes.RUNNER_GOAL_REACHED: lambda key, form: journal.mark_goal(
            key, form.get("item", ""), today() if form.get("reached") == "yes" else None
        ),
        routes.RUNNER_PLAN: lambda key, form: journal.write_plan(key, plan_from(form)),
        routes.RUNNER_REMOVE: lambda key, form: journal.remove(key, form.get("item", "")),
        routes.RUNNER_DELETE: lambda key, form: _delete_runner(store, key, form),
    }

    def add(route: str, change: Callable[[str, Form], object]) -> None:
        async def post(runner_id: str, body: FormBody) -> JSONResponse:
            return await answer(lambda: change(runner_id, body.fields))

        app.add_api_route(route, post, methods=["POST"])

    for route, change in changes.items():
        add(route, change)

    async def describe(session_id: str, body: FormBody) -> JSONResponse:
        return await answer(lambda: _describe(store, session_id, body.fields))

    async def delete(session_id: str, body: FormBody) -> JSONResponse:
        del body
        return await answer(lambda: store.delete_session(session_id))

    async def export(runner_id: str) -> Response:
        try:
            path = await asyncio.to_thread(_export, store, runner_id)
        except StoreError as error:
            return PlainTextResponse(str(error), 404)
        return FileResponse(
            path,
            media_type="application/zip",
            # A name of a person must not become part of a header.
            filename=f"runner-{runner_id[:8]}.zip",
            background=BackgroundTask(path.unlink, missing_ok=True),
        )

    app.add_api_route(routes.SESSION_DESCRIBE, describe, methods=["POST"])
    app.add_api_route(routes.SESSION_DELETE, delete, methods=["POST"])
    app.add_api_route(routes.RUNNER_EXPORT, export, methods=["GET"])

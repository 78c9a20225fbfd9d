"""Endpoints of the live page: a socket that pushes frames, a poll, and the commands.

What is pushed, and what is dropped, is decided in ``live_feed``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import routes
from dashboard.live_feed import LiveFeed
from dashboard.live_parts import sentence_text
from dashboard.live_view import LiveView
from dashboard.said import said
from pipeline.feedback_request import Basis, CueMetric, FeedbackRequest
from pipeline.live_source import LiveSource, MarkKind
from pipeline.stride import Gait
from sensors.errors import LevelstrideError

MAX_VIEWERS = 32
TRY_AGAIN_LATER = 1013

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class StartRequest(BaseModel):
    """Body of a start: both may be empty."""

    model_config = ConfigDict(extra="forbid")
    runner: Name = ""
    condition: Name = ""


class MarkRequest(BaseModel):
    """Body of a mark: ``text`` may be empty."""

    model_config = ConfigDict(extra="forbid")
    text: Name = ""
    kind: MarkKind = "marker"


class FeedbackBody(BaseModel):
    """Body of a request for feedback; ``on`` false ends it."""

    model_config = ConfigDict(extra="forbid")
    on: bool = True
    metric: CueMetric = "cadence_spm"
    basis: Basis = "session"
    change_percent: float = 5.0
    lower_by_sd: float = 1.0
    low: float | None = None
    high: float | None = None
    gait: Gait = "run"
    session_number: int | None = None
    sessions: int = 8

    def request(self) -> FeedbackRequest | None:
        """What the session understands.

        Raises:
            FeedbackError: it makes no sense.
        """
        fields = self.model_dump(exclude={"on"})
        return FeedbackRequest(**fields) if self.on else None


async def _push_frames(socket: WebSocket, feed: LiveFeed) -> None:
    async with aclosing(feed.frames()) as frames:
        async for text in frames:
            await socket.send_text(text)


async def _until_closed(socket: WebSocket) -> None:
    # Viewers have nothing to say here; reading is how their leaving is noticed.
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _serve_viewer(socket: WebSocket, feed: LiveFeed) -> None:
    tasks = {
        asyncio.create_task(_push_frames(socket, feed)),
        asyncio.create_task(_until_closed(socket)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = task.exception()
        if error is not None and not isinstance(error, WebSocketDisconnect):
            raise error


async def command_answer(command: Callable[..., None], *arguments: object) -> JSONResponse:
    """Do a command on a worker thread; 409 with the reason when it cannot be done."""
    try:
        await asyncio.to_thread(command, *arguments)
    except LevelstrideError as error:
        return JSONResponse({"problem": sentence_text(said(str(error)))}, 409)
    return JSONResponse({"problem": ""})


def add_live_endpoints(app: FastAPI, source: LiveSource) -> None:
    """Add the live session's socket, poll and commands to ``app``.

    Args:
        app: application that serves the pages.
        source: the session; its methods are called on worker threads.
    """
    feed = LiveFeed(LiveView(source))
    router = APIRouter()

    @router.websocket(routes.LIVE_SOCKET)
    async def watch(socket: WebSocket) -> None:
        await socket.accept()
        if feed.viewers >= MAX_VIEWERS:
            await socket.close(TRY_AGAIN_LATER, "Too many viewers.")
            return
        await _serve_viewer(socket, feed)

    @router.get(routes.LIVE_SNAPSHOT)
    async def poll() -> Response:
        return Response(await asyncio.to_thread(feed.text), media_type="application/json")

    @router.post(routes.LIVE_START)
    async def start(body: StartRequest) -> JSONResponse:
        condition = (body.condition,) if body.condition else ()
        return await command_answer(source.start, body.runner, *condition)

    @router.post(routes.LIVE_STOP)
    async def stop() -> JSONResponse:
        return await command_answer(source.stop)

    @router.post(routes.LIVE_MARK)
    async def mark(body: MarkRequest) -> JSONResponse:
        kind = (body.kind,) if body.kind != "marker" else ()
        return await command_answer(source.mark, body.text, *kind)

    @router.post(routes.LIVE_FEEDBACK)
    async def feedback(body: FeedbackBody) -> JSONResponse:
        return await command_answer(lambda: source.set_feedback(body.request()))

    app.include_router(router)

"""Endpoints of the live page: a socket that pushes frames, a poll, and the commands.

A tick whose frame equals the last one is not sent, and no tick is queued: while a send waits
for a slow viewer, later ticks are simply not made, and the next frame is the newest.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import routes
from dashboard.live_view import LiveView
from pipeline.live_source import LiveSource
from sensors.errors import LevelstrideError

PERIOD_S = 0.1
"""Shortest time between two frames, in seconds."""
HEARTBEAT_S = 1.0
"""Longest time between two frames while nothing changes, in seconds."""
MAX_VIEWERS = 32
TRY_AGAIN_LATER = 1013

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class StartRequest(BaseModel):
    """Body of a start: ``runner`` may be empty."""

    model_config = ConfigDict(extra="forbid")
    runner: Name = ""


class MarkRequest(BaseModel):
    """Body of a marker: ``text`` may be empty."""

    model_config = ConfigDict(extra="forbid")
    text: Name = ""


class _Viewers:
    """How many sockets are open."""

    def __init__(self) -> None:
        self.count = 0


async def _push_frames(socket: WebSocket, view: LiveView) -> None:
    sent, sent_at = "", -HEARTBEAT_S
    while True:
        started = time.monotonic()
        text = json.dumps(await asyncio.to_thread(view.frame), separators=(",", ":"))
        if text != sent or started - sent_at >= HEARTBEAT_S:
            await socket.send_text(text)
            sent, sent_at = text, started
        await asyncio.sleep(max(0.02, PERIOD_S - (time.monotonic() - started)))


async def _until_closed(socket: WebSocket) -> None:
    # Viewers have nothing to say here; reading is how their leaving is noticed.
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _serve_viewer(socket: WebSocket, view: LiveView) -> None:
    tasks = {
        asyncio.create_task(_push_frames(socket, view)),
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


async def _command(command: Callable[..., None], *arguments: str) -> JSONResponse:
    try:
        await asyncio.to_thread(command, *arguments)
    except LevelstrideError as error:
        return JSONResponse({"problem": str(error)}, 409)
    return JSONResponse({"problem": ""})


def add_live_endpoints(app: FastAPI, source: LiveSource) -> None:
    """Add the live session's socket, poll and commands to ``app``.

    Args:
        app: application that serves the pages.
        source: the session; its methods are called on worker threads.
    """
    view = LiveView(source)
    viewers = _Viewers()
    router = APIRouter()

    @router.websocket(routes.LIVE_SOCKET)
    async def watch(socket: WebSocket) -> None:
        await socket.accept()
        if viewers.count >= MAX_VIEWERS:
            await socket.close(TRY_AGAIN_LATER, "Too many viewers.")
            return
        viewers.count += 1
        try:
            await _serve_viewer(socket, view)
        finally:
            viewers.count -= 1

    @router.get(routes.LIVE_SNAPSHOT)
    async def poll() -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(view.frame))

    @router.post(routes.LIVE_START)
    async def start(body: StartRequest) -> JSONResponse:
        return await _command(source.start, body.runner)

    @router.post(routes.LIVE_STOP)
    async def stop() -> JSONResponse:
        return await _command(source.stop)

    @router.post(routes.LIVE_MARK)
    async def mark(body: MarkRequest) -> JSONResponse:
        return await _command(source.mark, body.text)

    app.include_router(router)

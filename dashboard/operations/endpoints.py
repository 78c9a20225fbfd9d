"""Endpoints for those who run the server: whether it can work, and figures for monitoring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from dashboard.operations import routes
from dashboard.operations.figures import FIGURES
from pipeline.errors import StoreError
from pipeline.store import Store

Gauges = Callable[[], Mapping[str, float]]


def add_operations_endpoints(app: FastAPI, store: Store, gauges: Gauges) -> None:
    """Add them to ``app``.

    Args:
        app: application that serves the pages.
        store: the whole library.
        gauges: figures of this moment.
    """

    async def ready() -> JSONResponse:
        try:
            await asyncio.to_thread(store.accounts.people.any)
        except StoreError:
            return JSONResponse({"status": "the library cannot be read"}, 503)
        return JSONResponse({"status": "ready"})

    async def figures() -> PlainTextResponse:
        text = FIGURES.text(await asyncio.to_thread(gauges))
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    app.add_api_route(routes.READY, ready, methods=["GET"])
    app.add_api_route(routes.FIGURES, figures, methods=["GET"])

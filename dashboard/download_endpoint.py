"""Endpoint that gives a session's whole stride table as a file."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from dashboard import routes
from dashboard.said import said
from pipeline.errors import SessionNotFound, StoreError
from pipeline.store import Store


def strides_csv(store: Store, session_id: str) -> tuple[str, str]:
    """Stride table of a session as CSV, and a name for the file.

    Args:
        store: library.
        session_id: id out of an address, so not to be trusted.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    stored = store.session(session_id)
    # The id as the library writes it, never as it was asked for: it becomes part of a header.
    name = f"strides-{stored.summary.session_id}.csv"
    return stored.strides.to_csv(index=False, lineterminator="\n"), name


def add_download_endpoint(app: FastAPI, store: Store) -> None:
    """Add the download to ``app``."""

    async def download(session_id: str) -> Response:
        try:
            text, name = await asyncio.to_thread(strides_csv, store, session_id)
        except SessionNotFound as error:
            return PlainTextResponse(str(error), 404)
        except StoreError as error:
            return PlainTextResponse(said(error.sentences), 409)
        return Response(
            text,
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    app.add_api_route(routes.STRIDES_CSV, download, methods=["GET"])

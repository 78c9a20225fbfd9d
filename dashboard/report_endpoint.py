"""Endpoint that gives a session's report."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from dashboard import routes
from dashboard.errors import PdfUnavailable
from dashboard.report.content import AUDIENCES, Audience
from dashboard.report.make import session_report, session_report_pdf
from dashboard.said import said
from pipeline.errors import SessionNotFound, StoreError
from pipeline.store import Store


def add_report_endpoint(app: FastAPI, store: Store) -> None:
    """Add the report to ``app``.

    Args:
        app: application that serves the pages.
        store: library.
    """

    def make(session_id: str, kind: str, audience: str) -> bytes:
        chosen: Audience = next((one for one in AUDIENCES if one == audience), "colleague")
        if kind == "pdf":
            return session_report_pdf(store, session_id, chosen)
        return session_report(store, session_id, chosen).encode()

    async def report(session_id: str, kind: str, audience: str = "colleague") -> Response:
        if kind not in {"html", "pdf"}:
            return PlainTextResponse("A report is html or pdf.", 404)
        try:
            data = await asyncio.to_thread(make, session_id, kind, audience)
        except SessionNotFound as error:
            return PlainTextResponse(str(error), 404)
        except StoreError as error:
            return PlainTextResponse(said(error.sentences), 409)
        except PdfUnavailable as error:
            return PlainTextResponse(said(error.sentences), 503)
        if kind == "html":
            return HTMLResponse(data)
        return Response(
            data,
            media_type="application/pdf",
            headers={"Content-Disposition": 'inline; filename="report.pdf"'},
        )

    app.add_api_route(routes.SESSION_REPORT, report, methods=["GET"])

"""The chart library of the pages (Plotly's basic bundle), as its makers give it out."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response

from dashboard import routes

FILE = Path(__file__).parent / "vendor" / "plotly-basic.min.js"
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def _digest() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


@cache
def packed_library() -> bytes:
    """The file, compressed with gzip; made once."""
    return gzip.compress(FILE.read_bytes(), 6, mtime=0)


def chart_library_address() -> str:
    """Address that changes with the content, so that a browser may keep it for ever.

    Raises:
        OSError: the file cannot be read.
    """
    return f"{routes.CHART_LIBRARY}?v={_digest()}"


def add_chart_library_endpoint(app: FastAPI) -> None:
    """Add the chart library to ``app``."""

    def give(request: Request) -> Response:
        headers = {
            "cache-control": _FOR_EVER
            if request.query_params.get("v") == _digest()
            else "no-cache",
            "vary": "accept-encoding",
        }
        kind = "text/javascript; charset=utf-8"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(packed_library(), headers=headers, media_type=kind)
        return Response(FILE.read_bytes(), headers=headers, media_type=kind)

    app.add_api_route(routes.CHART_LIBRARY, give, methods=["GET"])

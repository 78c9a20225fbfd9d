"""The description of the interface for programs, and the answer to whoever does not keep to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from dashboard.accounts import routes as own
from dashboard.api.messages import Problem, refused

VERSION = "1"

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No token, or one that is unknown or revoked."},
    404: {"model": Problem, "description": "There is no such upload."},
    409: {"model": Problem, "description": "Not at this point; `offset` says where it stands."},
    411: {"description": "The body has no length."},
    413: {"model": Problem, "description": "Too large, or no room within the quota."},
    422: {"description": "The request, or the file, is not what it should be."},
    507: {"model": Problem, "description": "The disk is full."},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answers of an operation other than success, for the interface's description."""
    return {status: _PROBLEMS[status] for status in (401, *statuses)}


BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""The body of an operation that takes bytes."""


async def not_as_described(request: Request, error: Exception) -> Response:
    """Answer a request whose body or address is none of the interface; its bytes are not repeated."""
    if isinstance(error, HTTPException) and not request.url.path.startswith(own.API):
        return await http_exception_handler(request, error)
    found = error.errors() if isinstance(error, RequestValidationError) else []
    where = sorted({".".join(str(part) for part in each["loc"]) for each in found})
    named = ", ".join(where)[:300] or "the body"
    return refused(422, f"the request is not as the interface describes: {named}")


def api_description(router: APIRouter) -> dict[str, Any]:
    """The interface as an OpenAPI document.

    Args:
        router: its operations.
    """
    document = get_openapi(
        title="levelstride: sending recordings",
        version=VERSION,
        description=(
            "Send recordings to a library, in pieces and again after a cut connection. Every "
            "operation wants the token of a device: `Authorization: Bearer …`."
        ),
        routes=router.routes,
    )
    operations = [op for methods in document["paths"].values() for op in methods.values()]
    for operation in operations:
        for status in ("200", "201"):
            if operation["operationId"].startswith("announce") and status in operation["responses"]:
                operation["responses"][status]["links"] = _links(operations)
    schemes = {"device": {"type": "http", "scheme": "bearer"}}
    document.setdefault("components", {})["securitySchemes"] = schemes
    document["security"] = [{"device": []}]
    return document


def _links(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """To the operations on an upload, from the answer that tells its id."""
    return {
        operation["operationId"].split("_")[0]: {
            "operationId": operation["operationId"],
            "parameters": {"upload_id": "$response.body#/upload"},
        }
        for operation in operations
        if any(part["name"] == "upload_id" for part in operation.get("parameters", ()))
    }

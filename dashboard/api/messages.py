"""What programs send and are answered: the models behind the interface's description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LEAST_BYTES = 16

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", min_length=64, max_length=64)]
UploadId = Annotated[
    str,
    InPath(description="Id of the upload.", pattern=r"^[0-9a-f-]{36}$"),
]


class Announcement(BaseModel):
    """A recording that will be sent."""

    model_config = ConfigDict(extra="forbid")
    sha256: Annotated[Digest, Field(description="Digest of the whole file, lower case.")]
    size: Annotated[int, Field(ge=LEAST_BYTES, le=1 << 50, description="Bytes of the whole file.")]


class UploadAnswer(BaseModel):
    """How far an upload is."""

    upload: str
    state: Literal["receiving", "waiting", "working", "done", "failed"]
    offset: Annotated[int, Field(description="Bytes that have arrived; send the next ones there.")]
    size: int
    session: Annotated[str, Field(description="Id of the stored session, when it is done.")]
    problem: Annotated[str, Field(description="Why it failed.")]


class Me(BaseModel):
    """What the token is for, and its bounds."""

    runner: str
    largest_bytes: int
    quota_bytes: int
    used_bytes: int


class Problem(BaseModel):
    """Why something was refused."""

    problem: str


def refused(status: int, problem: str, **more: Any) -> JSONResponse:
    """An answer that says why not."""
    return JSONResponse({"problem": problem, **more}, status)


def unknown_upload() -> JSONResponse:
    """The answer to an id that is not one of the device's runner."""
    return refused(404, "There is no such upload.")

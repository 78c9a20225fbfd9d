"""The interface with which a runner's machine sends recordings: in pieces, again after a cut.

Announce the file with its size and SHA-256; send pieces, each at the offset that was reached;
complete. The same content again is the same upload, however often it is announced. Only then is
it analysed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header, Request
from fastapi import Path as InPath
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from dashboard.accounts import routes as own
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.accounts.settings import AccountSettings
from dashboard.api.upload_files import NotWhatWasAnnounced, UploadFiles
from dashboard.import_jobs import ImportJob, ImportJobs
from dashboard.operations.figures import FIGURES
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import Caller, acting_for
from pipeline.accounts.errors import NotAllowed
from pipeline.accounts.upload_register import QuotaExceeded, Upload, UploadState
from pipeline.errors import StoreError

VERSION = "1"
LEAST_BYTES = 16
SILENCE_S = 30.0
"""A sender that says nothing for as long is given up; what arrived is kept."""
WRITTEN_AT_ONCE = 1 << 19
_LOG = logging.getLogger(__name__)

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


def _refused(status: int, problem: str, **more: Any) -> JSONResponse:
    return JSONResponse({"problem": problem, **more}, status)


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


_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Sending:
    """The interface for programs; add it with ``add``.

    Args:
        accounts: whose devices there are, and their uploads.
        jobs: analyse what was sent.
        folder: the library's folder; recordings wait in it until they are analysed.
        settings: bounds.
    """

    def __init__(
        self, accounts: Accounts, jobs: ImportJobs, folder: Path, settings: AccountSettings
    ) -> None:
        self._accounts = accounts
        self._register = accounts.uploads
        self._jobs = jobs
        self._files = UploadFiles(folder / "uploads")
        self._settings = settings
        self._locks: dict[str, asyncio.Lock] = {}

    def go_on(self) -> None:
        """Take up recordings that were received and not analysed when the server last ended."""
        for upload in self._register.abandoned():
            self._files.remove(upload.upload_id)
            self._register.forget(upload.upload_id)
        for upload in self._register.unfinished():
            who = self._accounts.devices.caller_of(upload.device_id)
            if who is None or self._files.offset(upload.upload_id) != upload.size:
                self._register.set_state(
                    upload, "failed", problem="The file is not there any more."
                )
            else:
                self._analyse(who, upload)

    def add(self, app: FastAPI) -> None:
        """Add the endpoints and their description to ``app``."""
        router = APIRouter()
        add = router.add_api_route
        add(
            own.API_ME,
            self.me,
            methods=["GET"],
            response_model=Me,
            responses=problems(),
            summary="What the token is for, and its bounds.",
        )
        add(
            own.API_UPLOADS,
            self.announce,
            methods=["POST"],
            response_model=UploadAnswer,
            responses={
                201: {"model": UploadAnswer, "description": "A new upload."},
                **problems(409, 411, 413, 422, 507),
            },
            summary="Announce a recording. The same content is the same upload, even when done.",
        )
        add(
            own.API_UPLOAD,
            self.state,
            methods=["GET"],
            response_model=UploadAnswer,
            responses=problems(404, 422),
            summary="How far an upload is.",
        )
        add(
            own.API_UPLOAD,
            self.append,
            methods=["PATCH"],
            response_model=UploadAnswer,
            responses=problems(404, 409, 411, 413, 422, 507),
            openapi_extra=_BYTES,
            summary="Send the next piece. What arrived before a cut is kept.",
        )
        add(
            own.API_UPLOAD,
            self.give_up,
            methods=["DELETE"],
            status_code=204,
            response_class=Response,
            responses=problems(404, 409, 422),
            summary="Give an upload up that is not complete.",
        )
        add(
            own.API_COMPLETE,
            self.complete,
            methods=["POST"],
            response_model=UploadAnswer,
            responses=problems(404, 409, 411, 422),
            summary="Everything was sent: check it, and analyse it.",
        )
        app.include_router(router)
        app.add_exception_handler(RequestValidationError, _not_as_described)
        app.add_exception_handler(400, _not_as_described)
        description = api_description(router)

        async def openapi() -> JSONResponse:
            return JSONResponse(description)

        app.add_api_route(own.API_DOCUMENT, openapi, methods=["GET"], include_in_schema=False)

    async def me(self, request: Request) -> Response:
        """What the token is for."""
        who = _device(request)
        used = await asyncio.to_thread(self._register.used, who.own_runner_id)
        return JSONResponse(
            {
                "runner": who.own_runner_id,
                "largest_bytes": self._settings.largest_bytes,
                "quota_bytes": self._settings.quota_bytes,
                "used_bytes": used,
            }
        )

    async def announce(self, request: Request, body: Announcement) -> Response:
        """Begin an upload, or find it."""
        who = _device(request)
        if body.size > self._settings.largest_bytes:
            FIGURES.count("uploads_refused", reason="too_large")
            return _refused(413, f"A recording may have {self._settings.largest_bytes} bytes.")
        if not await asyncio.to_thread(self._files.has_room, body.size):
            FIGURES.count("uploads_refused", reason="disk_full")
            return _refused(507, "The disk has no room for it.")
        announced = partial(
            self._register.announce, who, body.sha256, body.size, self._settings.quota_bytes
        )
        try:
            try:
                upload, new = await asyncio.to_thread(announced)
            except StoreError:  # the same recording at the same moment: now it is there
                upload, new = await asyncio.to_thread(announced)
        except QuotaExceeded as error:
            FIGURES.count("uploads_refused", reason="quota")
            return _refused(413, str(error), free_bytes=error.free)
        async with self._lock(upload.upload_id):
            if new or (
                upload.state == "receiving"
                and not await asyncio.to_thread(self._files.path(upload.upload_id).exists)
            ):
                await asyncio.to_thread(self._files.begin, upload.upload_id)
            return await self._answer(upload, 201 if new else 200)

    async def state(self, request: Request, upload_id: UploadId) -> Response:
        """How far an upload is."""
        upload = await self._known(request, upload_id)
        return _unknown() if upload is None else await self._answer(upload)

    async def append(
        self,
        request: Request,
        upload_id: UploadId,
        upload_offset: Annotated[int, Header(ge=0, le=1 << 50)],
    ) -> Response:
        """Take the next piece."""
        async with self._lock(upload_id):
            upload = await self._known(request, upload_id)
            if upload is None:
                return _unknown()
            reached = await asyncio.to_thread(self._files.offset, upload_id)
            if upload.state != "receiving" or reached != upload_offset:
                return await self._answer(upload, 409, "The piece does not begin where it should.")
            length = int(request.headers.get("content-length", "0"))
            if reached + length > upload.size:
                return await self._answer(upload, 413, "This is more than was announced.")
            try:
                await self._take(request.stream().__anext__, upload, reached)
            except OSError:
                FIGURES.count("uploads_refused", reason="disk_full")
                return _refused(507, "The disk has no room for it.")
            await asyncio.to_thread(self._register.set_state, upload, "receiving")
            return await self._answer(upload)

    async def complete(self, request: Request, upload_id: UploadId) -> Response:
        """Check what arrived, and have it analysed."""
        async with self._lock(upload_id):
            upload = await self._known(request, upload_id)
            if upload is None:
                return _unknown()
            if upload.state != "receiving":
                return await self._answer(upload)
            if await asyncio.to_thread(self._files.offset, upload_id) != upload.size:
                return await self._answer(upload, 409, "Not everything has arrived.")
            try:
                await asyncio.to_thread(self._files.verify, upload_id, upload.digest)
            except NotWhatWasAnnounced as error:
                FIGURES.count("uploads_refused", reason="not_a_recording")
                await asyncio.to_thread(self._files.remove, upload_id)
                await asyncio.to_thread(self._register.forget, upload_id)
                return _refused(422, str(error))
            upload = await asyncio.to_thread(self._register.set_state, upload, "waiting")
            await asyncio.to_thread(self._analyse, _device(request), upload)
            return await self._answer(upload)

    async def give_up(self, request: Request, upload_id: UploadId) -> Response:
        """Forget an upload that is not complete."""
        async with self._lock(upload_id):
            upload = await self._known(request, upload_id)
            if upload is None:
                return _unknown()
            if upload.state not in {"receiving", "failed"}:
                return await self._answer(upload, 409, "It is complete.")
            await asyncio.to_thread(self._files.remove, upload_id)
            await asyncio.to_thread(self._register.forget, upload_id)
            return Response(status_code=204)

    async def _take(
        self, piece: Callable[[], Awaitable[bytes]], upload: Upload, offset: int
    ) -> None:
        """Write pieces as they come, until the sender is done, silent or gone."""
        waiting = bytearray()

        async def write() -> None:
            nonlocal offset
            data = bytes(waiting[: upload.size - offset])
            waiting.clear()
            if data:
                await asyncio.to_thread(self._files.append, upload.upload_id, offset, data)
                offset += len(data)
                FIGURES.count("upload_bytes", len(data))

        with suppress(StopAsyncIteration, ClientDisconnect, TimeoutError):
            while True:
                waiting += await asyncio.wait_for(piece(), SILENCE_S)
                if len(waiting) >= WRITTEN_AT_ONCE:
                    await write()
        await write()

    def _analyse(self, who: Caller, upload: Upload) -> None:
        def note(job: ImportJob) -> None:
            state: UploadState = "working" if job.state == "waiting" else job.state
            try:
                self._register.set_state(
                    upload, state, session_id=job.session_id, problem=job.problem
                )
            except StoreError:
                _LOG.exception("the state of an upload cannot be written down")

        with acting_for(who):
            self._jobs.begin_received(self._files.path(upload.upload_id), note)

    async def _known(self, request: Request, upload_id: str) -> Upload | None:
        return await asyncio.to_thread(self._register.get, _device(request), upload_id)

    def _lock(self, upload_id: str) -> asyncio.Lock:
        if len(self._locks) > 10_000:
            self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
        return self._locks.setdefault(upload_id, asyncio.Lock())

    async def _answer(self, upload: Upload, status: int = 200, problem: str = "") -> JSONResponse:
        receiving = upload.state == "receiving"
        offset = (
            await asyncio.to_thread(self._files.offset, upload.upload_id)
            if receiving
            else upload.size
        )
        return JSONResponse(
            {
                "upload": upload.upload_id,
                "state": upload.state,
                "offset": offset,
                "size": upload.size,
                "session": upload.session_id,
                "problem": problem or upload.problem,
            },
            status,
        )


def _device(request: Request) -> Caller:
    who = visitor_of(request.scope).caller
    if who is None:  # the doorkeeper lets devices through, and nobody else
        raise NotAllowed
    return who


def _unknown() -> JSONResponse:
    return _refused(404, "There is no such upload.")


async def _not_as_described(request: Request, error: Exception) -> Response:
    """Answer a request whose body or address is none of the interface; its bytes are not repeated."""
    if isinstance(error, HTTPException) and not request.url.path.startswith(own.API):
        return await http_exception_handler(request, error)
    found = error.errors() if isinstance(error, RequestValidationError) else []
    where = sorted({".".join(str(part) for part in each["loc"]) for each in found})
    named = ", ".join(where)[:300] or "the body"
    return _refused(422, f"the request is not as the interface describes: {named}")


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
    schemes = {"device": {"type": "http", "scheme": "bearer"}}
    document.setdefault("components", {})["securitySchemes"] = schemes
    document["security"] = [{"device": []}]
    return document

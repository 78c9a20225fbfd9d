"""The interface with which a runner's machine sends recordings: in pieces, again after a cut.

Announce the file with its size and SHA-256; send pieces, each at the offset that was reached;
complete. The same content again is the same upload, however often it is announced. Only then is
it analysed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from dashboard.accounts import routes as own
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.accounts.settings import AccountSettings
from dashboard.api.description import BYTES, api_description, not_as_described, problems
from dashboard.api.messages import (
    Announcement,
    Me,
    UploadAnswer,
    UploadId,
    refused,
    unknown_upload,
)
from dashboard.api.upload_files import NotWhatWasAnnounced, UploadFiles
from dashboard.import_jobs import ImportJob, ImportJobs
from dashboard.operations.figures import FIGURES
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import Caller, acting_for
from pipeline.accounts.errors import NotAllowed
from pipeline.accounts.upload_register import QuotaExceeded, Upload, UploadState
from pipeline.errors import StoreError

SILENCE_S = 30.0
"""A sender that says nothing for as long is given up; what arrived is kept."""
WRITTEN_AT_ONCE = 1 << 19
_LOG = logging.getLogger(__name__)
_ENDS: Mapping[str, UploadState] = {"done": "done", "failed": "failed"}


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
        self._files = UploadFiles(folder)
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
                self._files.remove(upload.upload_id)
                self._register.set_state(
                    upload, "failed", problem="The file is not there any more."
                )
            else:
                self._analyse(who, upload)

    def add(self, app: FastAPI) -> None:
        """Add the endpoints and their description to ``app``."""
        router = APIRouter()
        add = partial(router.add_api_route, response_model=UploadAnswer)
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
            responses=problems(404, 422),
            summary="How far an upload is.",
        )
        add(
            own.API_UPLOAD,
            self.append,
            methods=["PATCH"],
            responses=problems(404, 409, 411, 413, 422, 507),
            openapi_extra=BYTES,
            summary="Send the next piece. What arrived before a cut is kept.",
        )
        add(
            own.API_UPLOAD,
            self.give_up,
            methods=["DELETE"],
            status_code=204,
            response_model=None,
            response_class=Response,
            responses=problems(404, 409, 422),
            summary="Give an upload up that is not complete.",
        )
        add(
            own.API_COMPLETE,
            self.complete,
            methods=["POST"],
            responses=problems(404, 409, 411, 422),
            summary="Everything was sent: check it, and analyse it.",
        )
        app.include_router(router)
        app.add_exception_handler(RequestValidationError, not_as_described)
        app.add_exception_handler(400, not_as_described)
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
            return refused(413, f"A recording may have {self._settings.largest_bytes} bytes.")
        if not await asyncio.to_thread(self._files.has_room, body.size):
            FIGURES.count("uploads_refused", reason="disk_full")
            return refused(507, "The disk has no room for it.")
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
            return refused(413, str(error), free_bytes=error.free)
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
        return unknown_upload() if upload is None else await self._answer(upload)

    async def append(
        self,
        request: Request,
        upload_id: UploadId,
        upload_offset: Annotated[int, Header(ge=0, le=1 << 50)],
    ) -> Response:
        """Take the next piece."""
        async with self._held(request, upload_id) as upload:
            if upload is None:
                return unknown_upload()
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
                return refused(507, "The disk has no room for it.")
            await asyncio.to_thread(self._register.set_state, upload, "receiving")
            return await self._answer(upload)

    async def complete(self, request: Request, upload_id: UploadId) -> Response:
        """Check what arrived, and have it analysed."""
        async with self._held(request, upload_id) as upload:
            if upload is None:
                return unknown_upload()
            if upload.state != "receiving":
                return await self._answer(upload)
            if await asyncio.to_thread(self._files.offset, upload_id) != upload.size:
                return await self._answer(upload, 409, "Not everything has arrived.")
            try:
                await asyncio.to_thread(self._files.verify, upload_id, upload.digest)
            except NotWhatWasAnnounced as error:
                FIGURES.count("uploads_refused", reason="not_a_recording")
                await self._forget(upload_id)
                return refused(422, str(error))
            upload = await asyncio.to_thread(self._register.set_state, upload, "waiting")
            await asyncio.to_thread(self._analyse, _device(request), upload)
            return await self._answer(upload)

    async def give_up(self, request: Request, upload_id: UploadId) -> Response:
        """Forget an upload that is not complete."""
        async with self._held(request, upload_id) as upload:
            if upload is None:
                return unknown_upload()
            if upload.state not in {"receiving", "failed"}:
                return await self._answer(upload, 409, "It is complete.")
            await self._forget(upload_id)
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
            state = _ENDS.get(job.state, "working")
            try:
                self._register.set_state(
                    upload, state, session_id=job.session_id, problem=job.problem
                )
            except StoreError:
                _LOG.exception("the state of an upload cannot be written down")

        with acting_for(who):
            self._jobs.begin_received(self._files.path(upload.upload_id), note)

    async def _forget(self, upload_id: str) -> None:
        await asyncio.to_thread(self._files.remove, upload_id)
        await asyncio.to_thread(self._register.forget, upload_id)

    async def _known(self, request: Request, upload_id: str) -> Upload | None:
        return await asyncio.to_thread(self._register.get, _device(request), upload_id)

    @asynccontextmanager
    async def _held(self, request: Request, upload_id: str) -> AsyncIterator[Upload | None]:
        """An upload that nobody else changes meanwhile; None when there is none."""
        async with self._lock(upload_id):
            yield await self._known(request, upload_id)

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

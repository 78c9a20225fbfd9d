"""Sends one recording: in pieces, going on where a cut connection left off.

The interface is described by the library itself (``/api/v1/openapi.json``). The same content is
taken once, however often it is sent.
"""

from __future__ import annotations

import hashlib
import ipaddress
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from pipeline.push.errors import ClearText, PushError, PushRefused, PushUnreachable

PIECE_BYTES = 4 * 1024 * 1024
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
GIVE_UP_S = 600.0
POLL_S = 1.0
_CHUNK = 1 << 20
_FINAL = frozenset({400, 401, 403, 404, 411, 413, 421, 422, 507})

Progress = Callable[[str, float], None]
"""Told what is being done (``sending``, ``analysing``, ``waiting``) and the share that is done."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A recording that the library has.

    Attributes:
        session_id: the session there; empty when its analysis was not waited for.
        digest: SHA-256 of the file.
        was_there: whether the library had it before.
    """

    session_id: str
    digest: str
    was_there: bool


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def checked_url(url: str, *, insecure: bool = False) -> str:
    """Address of a library without a slash at the end.

    Raises:
        ClearText: it is not by TLS, not of this computer, and not said to be all right.
        PushError: it is no address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PushError("this is no address", where=url[:100], remedy="Like https://clinic.example")
    if parts.scheme == "http" and not insecure and not _is_here(parts.hostname):
        raise ClearText(url)
    return url.rstrip("/")


class PushClient(AbstractContextManager["PushClient"]):
    """Sends recordings to one library; use it as a context manager.

    Args:
        url: address of the library, as ``checked_url`` gives it back.
        token: of the device.
        give_up_s: how long to try while nothing gets through.
        pause: waits; for tests.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        give_up_s: float = GIVE_UP_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not token.isascii() or not token.isprintable() or not token:
            raise PushError("this is no token of a device", remedy="Copy it again, one line")
        self._url = url
        self._give_up_s = give_up_s
        self._pause = pause
        self._failed = 0
        self._moved = time.monotonic()
        # Redirects are not followed: the token is for this address only.
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(30.0, connect=10.0),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()

    def push(self, path: Path, *, wait: bool = True, progress: Progress | None = None) -> Pushed:
        """Send a recording.

        Args:
            path: the file; it must not change meanwhile.
            wait: until it is analysed.
            progress: told how far it is.

        Raises:
            PushRefused: the library does not take it.
            PushUnreachable: nothing got through for long.
            PushError: the file changed, or its analysis failed.
        """
        tell = progress or _tell_nobody
        self._moved = time.monotonic()
        size, digest = path.stat().st_size, digest_of(path)
        answer = self._ask("POST", "/uploads", tell, json={"sha256": digest, "size": size})
        was_there = answer["state"] != "receiving"
        offset = -1
        with path.open("rb") as file:
            while answer["state"] == "receiving":
                if int(answer["offset"]) != offset:
                    offset, self._moved, self._failed = int(answer["offset"]), time.monotonic(), 0
                tell("sending", offset / size)
                if offset >= size:
                    answer = self._complete(str(answer["upload"]), tell)
                    continue
                file.seek(offset)
                piece = file.read(PIECE_BYTES)
                if not piece:
                    raise PushError("the file became shorter meanwhile", where=str(path))
                answer = self._ask(
                    "PATCH",
                    f"/uploads/{answer['upload']}",
                    tell,
                    content=piece,
                    headers={
                        "Upload-Offset": str(offset),
                        "Content-Type": "application/octet-stream",
                    },
                )
        while wait and answer["state"] in {"waiting", "working"}:
            tell("analysing", 1.0)
            self._pause(POLL_S)
            self._moved = time.monotonic()
            answer = self._ask("GET", f"/uploads/{answer['upload']}", tell)
        if answer["state"] == "failed":
            raise PushError(
                f"it arrived, and its analysis failed: {answer['problem']}", where=str(path)
            )
        return Pushed(str(answer["session"]), digest, was_there)

    def _complete(self, upload: str, tell: Progress) -> dict[str, Any]:
        return self._ask("POST", f"/uploads/{upload}/complete", tell, content=b"")

    def _ask(self, method: str, path: str, tell: Progress, **more: Any) -> dict[str, Any]:
        """An answer, however often it takes.

        A piece whose answer was lost is sent again; the library says at which offset it stands.
        """
        while True:
            try:
                answer = self._http.request(method, path, **more)
            except (httpx.TransportError, OSError) as error:
                reason = str(error) or type(error).__name__
            else:
                if answer.status_code < 300 or answer.status_code == 409:
                    return self._said(answer)
                reason = f"the server answered {answer.status_code}"
                if answer.status_code in _FINAL or answer.status_code < 400:
                    raise self._refused(answer)
            if time.monotonic() - self._moved > self._give_up_s:
                raise PushUnreachable(
                    f"the library does not answer ({reason})",
                    where=self._url,
                    remedy="Run the command again later; it goes on where it stopped",
                )
            tell("waiting", 0.0)
            # Not all machines at once, when a server comes back.
            longest = min(FIRST_PAUSE_S * 2**self._failed, LONGEST_PAUSE_S)
            self._failed = min(self._failed + 1, 10)
            self._pause(longest * (0.5 + random.random() / 2))  # noqa: S311 - no secret
            if method == "PATCH":
                # Part of the piece may have arrived: ask where it stands, and go on from there.
                method, more = "GET", {}

    def _said(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            said = answer.json()
        except ValueError:
            said = None
        if not isinstance(said, dict) or not {"upload", "state", "offset"} <= set(said):
            raise PushError(
                "there is no library of levelstride at this address",
                where=self._url,
                remedy="Check the address given with --to",
            )
        return said

    def _refused(self, answer: httpx.Response) -> PushRefused:
        try:
            said = answer.json().get("problem") or answer.json().get("detail")
        except (ValueError, AttributeError):
            said = ""
        words = {
            401: "the token is not known there, or was revoked",
            404: "there is no library of levelstride at this address",
            413: "the recording is too large",
        }
        what = str(
            said or words.get(answer.status_code) or f"the server answered {answer.status_code}"
        )
        return PushRefused(what.rstrip("."), status=answer.status_code, where=self._url)


def _tell_nobody(what: str, share: float) -> None:
    del what, share


def _is_here(hostname: str) -> bool:
    if hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False

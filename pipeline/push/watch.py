"""Sends recordings of a folder as they are finished, and remembers which were sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.push.client import PushClient, Pushed, digest_of
from pipeline.push.errors import PushError, PushRefused
from pipeline.table_file import replacing

MEMORY = ".levelstride-sent.json"
"""Beside the recordings: what was sent where. Without it they are offered again, and known there."""


LATER = frozenset({507})
"""Refusals that may be over at the next look: a full disk. Others hold while the file stays as it is."""


@dataclass(frozen=True, slots=True)
class _Look:
    size: int
    mtime_ns: int


class WatchedFolder:
    """A folder whose recordings are sent.

    Args:
        folder: the folder.
        url: where they are sent, for the memory.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._seen: dict[str, _Look] = {}
        self._refused: dict[str, _Look] = {}
        self._sent = self._remembered()

    def finished(self) -> list[Path]:
        """Recordings that have not grown since the last call, and were not sent yet."""
        now = {}
        for path in sorted(self._folder.glob("*.mcap")):
            try:
                facts = path.stat()
            except OSError:
                continue
            now[path.name] = _Look(facts.st_size, facts.st_mtime_ns)
        still = [name for name, look in now.items() if self._seen.get(name) == look and look.size]
        self._seen = now
        return [
            self._folder / name
            for name in still
            if not self._was_sent(name, now[name]) and self._refused.get(name) != now[name]
        ]

    def send(self, client: PushClient, path: Path, said: Callable[[str], None]) -> Pushed | None:
        """Send one; None when the library does not take it, which is said.

        Raises:
            PushRefused: the token is not taken.
            PushError: it could not be sent now, or changed meanwhile.
        """
        look = self._seen[path.name]
        try:
            pushed = client.push(path, wait=False)
        except PushRefused as error:
            if error.status in {401, 403}:
                raise  # the token: every other recording would fare the same
            if error.status not in LATER:
                self._refused[path.name] = look
            said(str(error))
            return None
        except OSError as error:
            raise PushError(
                f"the file cannot be read ({error.strerror})", where=path.name
            ) from error
        if not self._is_as_sent(path, pushed.digest):
            raise PushError("the file changed while it was sent", where=path.name)
        self._sent[path.name] = {**asdict(look), "digest": pushed.digest, "to": self._url}
        with replacing(self._folder / MEMORY) as temporary:
            temporary.write_text(json.dumps({"sent": self._sent}, indent=1), encoding="utf-8")
        return pushed

    @staticmethod
    def _is_as_sent(path: Path, digest: str) -> bool:
        try:
            return digest_of(path) == digest
        except OSError:
            return False

    def _was_sent(self, name: str, look: _Look) -> bool:
        known = self._sent.get(name, {})
        return known.get("to") == self._url and all(
            known.get(key) == value for key, value in asdict(look).items()
        )

    def _remembered(self) -> dict[str, dict[str, object]]:
        try:
            kept = json.loads((self._folder / MEMORY).read_text(encoding="utf-8"))["sent"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}  # offered again, and known there
        if not isinstance(kept, dict):
            return {}
        return {str(k): v for k, v in kept.items() if isinstance(v, dict)}

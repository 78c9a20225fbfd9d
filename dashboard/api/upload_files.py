"""Files of recordings on their way: what has arrived of each, and whether it is what was announced."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from pipeline.importers.recognise import recognise
from pipeline.upload_folder import UPLOADS, remove_upload, upload_path
from sensors.errors import LevelstrideError
from sensors.recording_reader import open_recording

FREE_BYTES = 500_000_000
"""Space that stays free on the disk."""
_CHUNK = 1 << 20


class NotWhatWasAnnounced(LevelstrideError):
    """The file that arrived has another digest, or is no recording."""


class UploadFiles:
    """Files of uploads, each in a folder named by the upload's id.

    Args:
        folder: of the library; what is in it survives a restart of the server.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, upload_id: str) -> Path:
        """Where an upload's file is; the id is one of the register, never a browser's text."""
        return upload_path(self._folder, upload_id)

    def begin(self, upload_id: str) -> None:
        """Make an empty file, in place of an earlier one."""
        path = self.path(upload_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"")

    def offset(self, upload_id: str) -> int:
        """Bytes that have arrived."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def has_room(self, size: int) -> bool:
        """Whether the disk has room for so many bytes more."""
        uploads = self._folder / UPLOADS
        uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(uploads).free >= size + FREE_BYTES

    def append(self, upload_id: str, offset: int, data: bytes) -> None:
        """Write bytes at an offset that was checked."""
        with self.path(upload_id).open("r+b") as file:
            file.seek(offset)
            file.write(data)

    def verify(self, upload_id: str, digest: str) -> None:
        """Check the digest, and that the file opens as a recording; make it safe on the disk.

        Raises:
            NotWhatWasAnnounced: it is something else.
        """
        path = self.path(upload_id)
        found = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
            os.fsync(file.fileno())
        if found.hexdigest() != digest:
            raise NotWhatWasAnnounced(
                "what arrived is not what was announced: its digest differs",
                remedy="Send the file again; do not change it meanwhile",
            )
        try:
            recording = recognise(path) == "recording"
            if recording:
                open_recording(path).close()
        except LevelstrideError as error:
            raise NotWhatWasAnnounced(
                "this is no recording that can be opened", remedy="Send an .mcap of levelstride"
            ) from error
        if not recording:
            raise NotWhatWasAnnounced(
                "this is no recording of levelstride",
                remedy="Make one of it: levelstride import FILE --out FILE.mcap",
            )

    def remove(self, upload_id: str) -> None:
        """Remove what has arrived."""
        remove_upload(self._folder, upload_id)

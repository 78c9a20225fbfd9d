"""Where recordings lie that were sent and are not in the library yet: ``uploads/<id>/`` in its folder.

With a catalogue elsewhere they lie in the folder of the computer that serves the dashboard.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.account_models import UploadRow

UPLOADS = "uploads"


def upload_path(folder: Path, upload_id: str) -> Path:
    """The file of an upload.

    Args:
        folder: the library's.
        upload_id: an id of the catalogue, never a text from outside.
    """
    return folder / UPLOADS / upload_id / "recording.mcap"


def remove_upload(folder: Path, upload_id: str) -> None:
    """Remove what has arrived of an upload."""
    shutil.rmtree(upload_path(folder, upload_id).parent, ignore_errors=True)


def uploads_of(catalogue: Transaction, runner_id: str) -> list[str]:
    """Ids of all uploads of a runner, done or not."""
    query = select(UploadRow.upload_id).where(UploadRow.runner_id == runner_id)
    return sorted(catalogue.scalars(query))

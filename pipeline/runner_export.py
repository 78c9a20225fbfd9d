"""Everything the library holds of one runner, as a ZIP file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from pipeline.catalogue.plain_json import to_plain
from pipeline.stored_session import StoredSession


def write_runner_zip(
    path: Path,
    runner: str,
    sessions: Iterable[StoredSession],
    written: Mapping[str, object] | None = None,
) -> None:
    """Write ``runner.json``, ``journal.json`` and, per session, its description, tables and recording.

    Per session the folder ``<session id>/`` holds ``session.json``, ``strides.csv``,
    ``curves.csv`` and, where it is kept, ``recording.mcap``. The runner's name stands inside
    ``runner.json`` only.

    Args:
        path: file to write.
        runner: name of the runner.
        sessions: the sessions, read one after another.
        written: journal, scores, goals, plan, tags and notes.
    """
    session_ids: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for session in sessions:
            folder = session.summary.session_id
            session_ids.append(folder)
            described = {
                **asdict(session.summary),
                "quality": session.quality,
                "provenance": session.provenance,
                "source": session.source,
            }
            archive.writestr(f"{folder}/session.json", _json(described))
            archive.writestr(f"{folder}/strides.csv", session.strides.to_csv(index=False))
            archive.writestr(f"{folder}/curves.csv", session.curves.to_csv(index=False))
            if session.recording is not None:
                # A recording is compressed already.
                archive.write(session.recording, f"{folder}/recording.mcap", zipfile.ZIP_STORED)
        archive.writestr("journal.json", _json(dict(written or {})))
        archive.writestr("runner.json", _json({"runner": runner, "sessions": session_ids}))


def _json(value: object) -> str:
    return json.dumps(to_plain(value, "export"), ensure_ascii=False, indent=2, allow_nan=False)

"""File names of BIDS data sets: entities, sidecars by inheritance, acquisition times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pipeline.importers.text_table import text_lines

_LEVELS = 5
"""Folders above a data file in which its sidecars may lie: motion, session, subject, data set."""


def entities(path: Path) -> Mapping[str, str]:
    """The ``key-value`` parts of a file name, such as ``sub``, ``task``, ``tracksys``."""
    stem = path.name.split(".")[0]
    pairs = (part.partition("-") for part in stem.split("_"))
    return {key: value for key, dash, value in pairs if dash}


def sidecar(path: Path, suffix: str, ending: str) -> Path | None:
    """The file that tells about a data file: the nearest whose entities the data file has, too.

    Args:
        path: the data file.
        suffix: last part of the sidecar's name, such as ``channels``.
        ending: such as ``.tsv``.
    """
    own = entities(path)
    folder = path.absolute().parent
    for _ in range(_LEVELS):
        found = [
            each
            for each in sorted(folder.glob(f"*{suffix}{ending}"))
            if each.name.split(".")[0].split("_")[-1] == suffix
            and entities(each).items() <= own.items()
            and each.is_file()
        ]
        if found:
            return max(found, key=lambda each: len(entities(each)))
        if (folder / "dataset_description.json").exists() or folder.parent == folder:
            return None
        folder = folder.parent
    return None


def acquired_utc(path: Path) -> datetime | None:
    """When a data file was recorded, by the ``scans.tsv`` of its subject or session.

    Times without a zone are taken for UTC.
    """
    scans = sidecar(path, "scans", ".tsv")
    if scans is None:
        return None
    header: list[str] = []
    for _, line, _ in text_lines(scans):
        cells = line.split("\t")
        if not header:
            header = [cell.strip() for cell in cells]
            if "filename" not in header or "acq_time" not in header:
                return None
            continue
        if len(cells) != len(header):
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if row["filename"].rpartition("/")[2] == path.name:
            try:
                when = datetime.fromisoformat(row["acq_time"])
            except ValueError:
                return None
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return None

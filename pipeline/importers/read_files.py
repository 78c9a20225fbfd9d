"""One way in for every foreign file: recognise it, read it, check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.recognise import FileKind, recognise

ImportFormat = Literal["auto", "csv", "parquet", "xsens-mtw"]
IMPORT_FORMATS: tuple[ImportFormat, ...] = ("auto", "csv", "parquet", "xsens-mtw")
"""Names for the command line's ``--format``."""


def read_files(
    paths: Sequence[Path],
    *,
    file_format: ImportFormat = "auto",
    placements: Mapping[str, str] | None = None,
    sensor_map: Path | None = None,
    rate_hz: float | None = None,
) -> ImportedSamples:
    """Read the foreign files of one session.

    Args:
        paths: one file of neutral samples, or the MT Manager exports of the sensors.
        file_format: what they are; ``auto`` looks at their content.
        placements: for MT Manager exports: sensor id to placement.
        sensor_map: for MT Manager exports: file with such pairs.
        rate_hz: for MT Manager exports that do not tell their rate.

    Raises:
        InputError: and its kinds: what is wrong, in which file, line and column, and what to do.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise InputError("no files were given", path=".", remedy="Give at least one file")
    kinds: list[FileKind] = [recognise(path) for path in files]
    for path, kind in zip(files, kinds, strict=True):
        if kind == "recording":
            raise InputError(
                "this is a recording already, not a file to import",
                path=path,
                remedy="Analyse it as it is",
            )
        if kind != kinds[0]:
            raise InputError(
                f"this is {kind}, but {files[0].name} is {kinds[0]}",
                path=path,
                remedy="Give the files of one session, of one kind",
            )
        if file_format not in ("auto", kind):
            raise InputError(
                f"this looks like {kind}, not like {file_format}",
                path=path,
                remedy="Choose the format auto, or give another file",
            )
    if kinds[0] == "xsens-mtw":
        from pipeline.importers.xsens_mtw import read_xsens_mtw  # recordings do not need it

        return read_xsens_mtw(files, placements=placements, sensor_map=sensor_map, rate_hz=rate_hz)
    for option, value in (
        ("--place", placements),
        ("--sensor-map", sensor_map),
        ("--rate", rate_hz),
    ):
        if value:
            raise InputError(
                f"{option} has no meaning for a table, which names placements and times itself",
                path=files[0],
                remedy="Leave it out",
            )
    if len(files) > 1:
        raise InputError(
            f"{len(files)} tables were given",
            path=files[1],
            remedy="Give one at a time; a table holds all sensors of a session",
        )
    from pipeline.importers.neutral_table import (  # the same; it brings pyarrow with it
        read_neutral_csv,
        read_neutral_parquet,
    )

    return read_neutral_parquet(files[0]) if kinds[0] == "parquet" else read_neutral_csv(files[0])

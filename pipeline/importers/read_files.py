"""One way in for every foreign file: recognise it, read it, check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import InputError
from pipeline.importers.found_sensors import AskPlacement, PlaceSources
from pipeline.importers.gather_files import GatheredFile, gathered
from pipeline.importers.import_format import ImportFormat
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.recognise import ACTIVITY_KINDS, FileKind
from sensors.placement import Placement
from sensors.sample_block import LACKS_GYR

_TELL_THEIR_RATE = frozenset(
    {"xsens-mvnx", "metawear", "x-imu3", "apdm", "shimmer", "nilspod", "motion-bids"}
)


def read_files(
    paths: Sequence[Path],
    *,
    file_format: ImportFormat = "auto",
    placements: Mapping[str, str] | None = None,
    sensor_map: Path | None = None,
    rate_hz: float | None = None,
    ask: AskPlacement | None = None,
) -> ImportedSamples:
    """Read the foreign files of one session.

    Args:
        paths: files, folders or ZIP archives: one table of neutral samples, or the exports of the
            sensors; and a watch's activity (FIT, GPX, TCX), if there is one.
        file_format: what they are; ``auto`` looks at their content.
        placements: for exports: sensor id, or another of its names, to placement.
        sensor_map: for exports: file with such pairs.
        rate_hz: for exports that do not tell their rate.
        ask: asks where a sensor was worn when nothing else tells.

    Raises:
        InputError: and its kinds: what is wrong, in which file, line and column, and what to do.
    """
    given = [Path(path) for path in paths]
    if not given:
        raise InputError("no files were given", path=".", remedy="Give at least one file")
    with gathered(given) as found:
        files = [file for file in found if file.kind not in ACTIVITY_KINDS]
        if not files:
            raise InputError(
                "this has no samples of motion, only speed, heart rate and the like",
                path=given[0],
                remedy="Give it together with a recording or an export",
            )
        kind = _one_kind(files, file_format)
        sources = PlaceSources(placements, sensor_map, ask)
        inside = [file.path for file in files]
        activities = [file for file in found if file.kind in ACTIVITY_KINDS]
        if len(activities) > 1:
            raise InputError(
                f"{len(activities)} activities of watches were given",
                path=activities[1].path,
                remedy="Give the one that belongs to the session",
            )
        imported = _read(kind, inside, sources, rate_hz=rate_hz)
        for file in activities:
            imported = _with_activity(imported, file)
        where = {file.path: file.given if file.given.is_file() else file.path for file in files}
        return replace(
            imported,
            files=tuple(dict.fromkeys(where.get(path, path) for path in imported.files)),
        )


def _with_activity(imported: ImportedSamples, file: GatheredFile) -> ImportedSamples:
    from pipeline.importers.activity_alignment import (
        align,
        cadence_of_samples,
        placed,
        read_activity,
    )

    activity = read_activity(file.path, file.kind)
    legs = [
        sensor
        for placement, sensor in imported.sensors.items()
        if placement is not Placement.PELVIS and not sensor.lacks & LACKS_GYR
    ]
    cadence = cadence_of_samples(legs[0]) if legs else None
    found = align(activity, cadence, imported.started_utc)
    warnings = (*imported.warnings, found.said)
    if found.offset_s is None:
        return replace(imported, warnings=warnings)
    return replace(
        imported,
        warnings=warnings,
        activity=file.path.name,
        side=placed(activity, found.offset_s),
    )


def _read(
    kind: FileKind,
    paths: Sequence[Path],
    sources: PlaceSources,
    *,
    rate_hz: float | None,
) -> ImportedSamples:
    # each reader is loaded when it is needed: some bring pyarrow or pandas with them
    if kind in _TELL_THEIR_RATE and rate_hz is not None:
        raise InputError(
            f"--rate has no meaning for {kind}, which tells its times",
            path=paths[0],
            remedy="Leave it out",
        )
    if kind == "xsens-mtw":
        from pipeline.importers.xsens_mtw import read_xsens_mtw

        return read_xsens_mtw(paths, sources, rate_hz=rate_hz)
    if kind == "movella-dot":
        from pipeline.importers.movella_dot import read_movella_dot

        return read_movella_dot(paths, sources, rate_hz=rate_hz)
    if kind == "xsens-mvnx":
        from pipeline.importers.xsens_mvnx import read_xsens_mvnx

        return read_xsens_mvnx(paths, sources)
    if kind == "metawear":
        from pipeline.importers.metawear import read_metawear

        return read_metawear(paths, sources)
    if kind == "x-imu3":
        from pipeline.importers.x_imu3 import read_x_imu3

        return read_x_imu3(paths, sources)
    if kind == "apdm":
        from pipeline.importers.apdm import read_apdm

        return read_apdm(paths, sources)
    if kind == "shimmer":
        from pipeline.importers.shimmer import read_shimmer

        return read_shimmer(paths, sources)
    if kind == "nilspod":
        from pipeline.importers.nilspod import read_nilspod

        return read_nilspod(paths, sources)
    if kind == "motion-bids":
        from pipeline.importers.motion_bids import read_motion_bids

        return read_motion_bids(paths, sources)
    return _read_table(kind, paths, sources, rate_hz=rate_hz)


def _read_table(
    kind: FileKind,
    paths: Sequence[Path],
    sources: PlaceSources,
    *,
    rate_hz: float | None,
) -> ImportedSamples:
    for option, value in (
        ("--place", sources.placements),
        ("--sensor-map", sources.sensor_map),
        ("--rate", rate_hz),
    ):
        if value:
            raise InputError(
                f"{option} has no meaning for a table, which names placements and times itself",
                path=paths[0],
                remedy="Leave it out",
            )
    if len(paths) > 1:
        raise InputError(
            f"{len(paths)} tables were given",
            path=paths[1],
            remedy="Give one at a time; a table holds all sensors of a session",
        )
    from pipeline.importers.neutral_table import read_neutral_csv, read_neutral_parquet

    read = read_neutral_parquet if kind == "parquet" else read_neutral_csv
    return read(paths[0])


def _one_kind(files: Sequence[GatheredFile], file_format: ImportFormat) -> FileKind:
    first = files[0]
    for file in files:
        if file.kind == "recording":
            raise InputError(
                "this is a recording already, not a file to import",
                path=file.path,
                remedy="Analyse it as it is",
            )
        if file.kind != first.kind:
            raise InputError(
                f"this is {file.kind}, but {first.path.name} is {first.kind}",
                path=file.path,
                remedy="Give the files of one session, of one kind",
            )
        if file_format not in ("auto", file.kind):
            raise InputError(
                f"this looks like {file.kind}, not like {file_format}",
                path=file.path,
                remedy="Choose the format auto, or give another file",
            )
    return first.kind

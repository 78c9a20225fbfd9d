"""One way out for every format: from a session's files, or from the library, to files of others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import InputError, OutputError
from pipeline.exporters.output_place import check_output_file

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.exporters.bids_labels import BidsLabels
    from pipeline.exporters.side_series import SideSeries
    from pipeline.stored_session import StoredSession

ExportFormat = Literal[
    "csv", "parquet", "neutral-csv", "neutral-parquet", "opensim-sto", "motion-bids", "fit"
]
EXPORT_FORMATS: tuple[ExportFormat, ...] = (
    "csv",
    "parquet",
    "neutral-csv",
    "neutral-parquet",
    "opensim-sto",
    "motion-bids",
    "fit",
)
_SUFFIX: Mapping[ExportFormat, tuple[str, ...]] = {
    "csv": (".csv",),
    "parquet": (".parquet",),
    "neutral-csv": (".csv",),
    "neutral-parquet": (".parquet",),
    "fit": (".fit",),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        files: the files, the most important one first.
        notes: sentences about what is missing or doubtful in them.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What some formats ask for.

    Attributes:
        labels: names in a Motion-BIDS data set.
        rate_hz: rows per second of an OpenSim file.
        started_utc: start of the session, for a FIT file of a source that does not say it.
        force: replace existing files.
    """

    labels: BidsLabels | None = None
    rate_hz: float = 100.0
    started_utc: datetime | None = None
    force: bool = False


def session_id_of(source: str) -> str | None:
    """The canonical id when ``source`` is the id of a session, not the name of a file."""
    try:
        return None if Path(source).exists() else str(uuid.UUID(source))
    except (ValueError, OSError):
        return None


def check_export(
    out: Path, export_format: ExportFormat, inputs: Sequence[Path], choices: ExportChoices
) -> None:
    """See that an export can be written, before the work that makes it.

    Raises:
        OutputError: it cannot.
    """
    if export_format == "opensim-sto":
        from pipeline.exporters.opensim_sto import check_sto_place

        check_sto_place(out, tuple(inputs), force=choices.force)
    elif export_format == "motion-bids":
        from pipeline.exporters.motion_bids import check_data_set

        check_data_set(out)
    else:
        suffixes = _SUFFIX[export_format]
        if out.suffix.lower() not in suffixes:
            raise OutputError(
                f"a file of format {export_format} does not end in '{out.suffix}'",
                path=out,
                remedy=f"Let the file name end in {' or '.join(suffixes)}",
            )
        check_output_file(out, inputs, force=choices.force)


def export_files(
    paths: Sequence[Path],
    out: Path,
    export_format: ExportFormat,
    choices: ExportChoices | None = None,
    **reading: Any,
) -> Exported:
    """Export a session from its files.

    Args:
        paths: a recording in one or more files, or foreign files.
        out: file to write; of ``motion-bids`` the folder of the data set.
        export_format: ``csv`` and ``parquet`` are the stride table, ``neutral-csv`` and
            ``neutral-parquet`` the samples.
        choices: what some formats ask for.
        reading: how foreign files are to be read, see :func:`pipeline.analyse_file.analyse`.

    Raises:
        OutputError: the export cannot be written.
        InputError: a file cannot be used.
        RecordingError: a recording cannot be read.
        CalibrationError: the orientations cannot be told.
    """
    choices = choices or ExportChoices()
    check_export(out, export_format, paths, choices)
    if export_format in ("csv", "parquet", "fit"):
        from pipeline.analyse_file import analyse
        from pipeline.stride_table import strides_to_frame

        session = analyse(paths, **reading)
        table = strides_to_frame(session.strides)
        said = (*session.problems, *session.notes)
        if export_format != "fit":
            return _table(table, out, said)
        from pipeline.exporters.side_series import read_side_series

        recorded = session.provenance.get("format") == "recording"
        beside = read_side_series(paths) if recorded else {}
        started = choices.started_utc or session.started_utc
        return _fit(table, out, started, session.duration_s, beside, choices.force, said)
    return _export_samples(paths, out, export_format, choices, reading)


def export_stored(
    stored: StoredSession, out: Path, export_format: ExportFormat, choices: ExportChoices
) -> Exported:
    """Export a session of the library, with its strides as they are stored.

    Raises:
        OutputError: the export cannot be written.
        InputError: the library does not keep the session's recording, and the format needs it.
    """
    recording = stored.recording
    check_export(out, export_format, [] if recording is None else [recording], choices)
    if export_format in ("csv", "parquet"):
        return _table(stored.strides, out, tuple(stored.problems))
    if export_format == "fit":
        from pipeline.exporters.side_series import read_side_series

        summary = stored.summary
        beside = {} if recording is None else read_side_series([recording])
        started = choices.started_utc or summary.started_utc
        return _fit(
            stored.strides, out, started, summary.duration_s, beside, choices.force, stored.problems
        )
    if recording is None:
        raise InputError(
            "the library does not keep the recording of this session, which the format needs",
            path=stored.summary.session_id,
            remedy="Export from the recording's file",
        )
    return _export_samples([recording], out, export_format, choices, {})


def _export_samples(
    paths: Sequence[Path],
    out: Path,
    export_format: ExportFormat,
    choices: ExportChoices,
    reading: Mapping[str, Any],
) -> Exported:
    from pipeline.exporters.session_samples import read_session

    samples = read_session(paths, **reading)
    notes = samples.notes
    if export_format == "opensim-sto":
        from pipeline.exporters.opensim_sto import write_opensim_sto

        files, said = write_opensim_sto(samples, out, rate_hz=choices.rate_hz, force=choices.force)
        return Exported(tuple(files), (*notes, *said))
    if export_format == "motion-bids":
        from pipeline.analyse_file import analyse
        from pipeline.exporters.motion_bids import write_motion_bids

        session = analyse(paths, **reading)
        files = write_motion_bids(
            samples, out, labels=choices.labels, strides=session, force=choices.force
        )
        return Exported(tuple(files), tuple(dict.fromkeys((*notes, *session.problems))))
    from pipeline.exporters.neutral_samples import write_neutral_csv, write_neutral_parquet

    write = write_neutral_csv if export_format == "neutral-csv" else write_neutral_parquet
    return Exported((write(samples, out, force=choices.force),), notes)


def _table(table: pd.DataFrame, out: Path, notes: tuple[str, ...]) -> Exported:
    from pipeline.table_file import write_table

    write_table(table, out)
    return Exported((out,), notes)


def _fit(
    table: pd.DataFrame,
    out: Path,
    started_utc: datetime | None,
    duration_s: float,
    beside: Mapping[str, SideSeries],
    force: bool,
    notes: Sequence[str],
) -> Exported:
    from pipeline.exporters.fit_activity import Activity, write_fit_activity

    if started_utc is None:
        raise InputError(
            "the source does not say when the session was, and a FIT activity has to",
            path=out,
            remedy="Give the start, for example --start 2026-05-04T07:30:00+02:00",
        )
    # a foreign file's session time need not begin at zero
    last_s = float(table["next_foot_strike_s"].max()) if len(table) else 0.0
    first_s = max(0.0, last_s - duration_s)
    activity = Activity(table, started_utc, first_s, first_s + duration_s, beside)
    return Exported((write_fit_activity(activity, out, force=force),), tuple(notes))

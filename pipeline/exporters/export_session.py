"""One way out for every format: a session's files, samples or strides to files of others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import InputError, OutputError
from pipeline.exporters.output_place import check_output_file
from pipeline.importers.recognise import recognise

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.exporters.bids_labels import BidsLabels
    from pipeline.exporters.session_samples import SessionSamples
    from pipeline.session import Session
    from pipeline.side_channels import SideChannels
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
STRIDE_FORMATS: frozenset[ExportFormat] = frozenset({"csv", "parquet", "fit"})
"""Made of the stride table; the others of the samples."""
SUFFIX: Mapping[ExportFormat, str] = {
    "csv": ".csv",
    "parquet": ".parquet",
    "neutral-csv": ".csv",
    "neutral-parquet": ".parquet",
    "opensim-sto": ".sto",
    "fit": ".fit",
}
"""How the file of a format ends; Motion-BIDS is a folder."""


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


@dataclass(frozen=True, slots=True)
class StrideSource:
    """Strides to export.

    Attributes:
        table: stride table.
        started_utc: moment of session time zero; None when not known.
        duration_s: from the first to the last sample.
        beside: heart rate and speed recorded beside the sensors.
        notes: what is said of the session.
    """

    table: pd.DataFrame
    started_utc: datetime | None
    duration_s: float
    beside: SideChannels
    notes: tuple[str, ...] = ()

    @classmethod
    def of_session(cls, session: Session) -> StrideSource:
        """The strides of an analysed session."""
        return cls(
            session.table,
            session.started_utc,
            session.duration_s,
            {},
            (*session.problems, *session.notes),
        )


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
    if export_format == "motion-bids":
        from pipeline.exporters.motion_bids import check_data_set

        check_data_set(out)
        return
    suffix = SUFFIX[export_format]
    if out.suffix.lower() != suffix:
        raise OutputError(
            f"a file of format {export_format} does not end in '{out.suffix or out.name}'",
            path=out,
            remedy=f"Let the file name end in {suffix}",
        )
    if export_format == "opensim-sto":
        from pipeline.exporters.opensim_sto import check_sto_place

        check_sto_place(out, tuple(inputs), force=choices.force)
    else:
        check_output_file(out, inputs, force=choices.force)


def export_files(
    paths: Sequence[Path],
    out: Path,
    export_format: ExportFormat,
    choices: ExportChoices,
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
    check_export(out, export_format, paths, choices)
    if export_format in STRIDE_FORMATS:
        from pipeline.analyse_file import analyse

        source = StrideSource.of_session(analyse(paths, **reading))
        if export_format == "fit":
            recordings = [path for path in paths if recognise(path) == "recording"]
            source = replace(source, beside=_beside(recordings) if recordings else {})
        return export_strides(source, out, export_format, choices)
    from pipeline.exporters.session_samples import read_session

    return export_samples(read_session(paths, **reading), out, export_format, choices)


def export_stored(
    stored: StoredSession, out: Path, export_format: ExportFormat, choices: ExportChoices
) -> Exported:
    """Export a session of the library, with its strides as they are stored.

    Raises:
        OutputError: the export cannot be written.
        InputError: the library does not keep the session's recording, and the format needs it.
    """
    recording = stored.recording
    if export_format in STRIDE_FORMATS:
        summary = stored.summary
        beside = {} if recording is None or export_format != "fit" else _beside([recording])
        source = StrideSource(
            stored.strides, summary.started_utc, summary.duration_s, beside, summary.problems
        )
        return export_strides(source, out, export_format, choices)
    if recording is None:
        raise InputError(
            "the library does not keep the recording of this session, which the format needs",
            path=stored.summary.session_id,
            remedy="Export from the recording's file",
        )
    return export_files([recording], out, export_format, choices)


def export_strides(
    source: StrideSource, out: Path, export_format: ExportFormat, choices: ExportChoices
) -> Exported:
    """Export strides, in one of ``STRIDE_FORMATS``.

    Raises:
        OutputError: the export cannot be written.
        InputError: nothing tells the start of a FIT activity.
    """
    check_export(out, export_format, [], choices)
    table = source.table
    if export_format != "fit":
        from pipeline.table_file import write_table

        write_table(table, out)
        return Exported((out,), source.notes)
    from pipeline.exporters.fit_activity import Activity, write_fit_activity

    started_utc = choices.started_utc or source.started_utc
    if started_utc is None:
        raise InputError(
            "the source does not say when the session was, and a FIT activity has to",
            path=out,
            remedy="Give the start, for example --start 2026-05-04T07:30:00+02:00",
        )
    # a foreign file's session time need not begin at zero
    last_s = float(table["next_foot_strike_s"].max()) if len(table) else 0.0
    first_s = max(0.0, last_s - source.duration_s)
    activity = Activity(table, started_utc, first_s, first_s + source.duration_s, source.beside)
    return Exported((write_fit_activity(activity, out, force=choices.force),), source.notes)


def export_samples(
    samples: SessionSamples, out: Path, export_format: ExportFormat, choices: ExportChoices
) -> Exported:
    """Export samples; formats that are made of strides analyse them.

    Raises:
        OutputError: the export cannot be written.
        CalibrationError: the orientations cannot be told.
    """
    check_export(out, export_format, [], choices)
    if export_format == "opensim-sto":
        from pipeline.exporters.opensim_sto import write_opensim_sto

        files, said = write_opensim_sto(samples, out, rate_hz=choices.rate_hz, force=choices.force)
        return Exported(tuple(files), (*samples.notes, *said))
    if export_format == "neutral-csv":
        from pipeline.exporters.neutral_samples import write_neutral_csv

        return Exported((write_neutral_csv(samples, out, force=choices.force),), samples.notes)
    if export_format == "neutral-parquet":
        from pipeline.exporters.neutral_samples import write_neutral_parquet

        return Exported((write_neutral_parquet(samples, out, force=choices.force),), samples.notes)
    session = samples.analysed()
    if export_format in STRIDE_FORMATS:
        return export_strides(StrideSource.of_session(session), out, export_format, choices)
    from pipeline.exporters.motion_bids import write_motion_bids

    files = write_motion_bids(
        samples, out, labels=choices.labels, strides=session, force=choices.force
    )
    return Exported(tuple(files), tuple(dict.fromkeys((*samples.notes, *session.problems))))


def _beside(paths: Sequence[Path]) -> SideChannels:
    from pipeline.side_channels import recorded_channels
    from sensors.recording_segments import open_session

    with open_session(paths) as recording:
        return recorded_channels(recording)

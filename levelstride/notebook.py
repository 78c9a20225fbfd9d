"""The functions of the Python interface: read, simulate, analyze, compare, export."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from levelstride.notebook_arguments import (
    analysed_sessions,
    file_names,
    moment,
    one_of,
    placement_names,
    positive,
    whole,
)
from pipeline.errors import InputError, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.exporters.export_session import ExportFormat
    from pipeline.importers.import_format import ImportFormat
    from pipeline.session import Session

PathLike: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulated session.

    Attributes:
        recording: the recording, for :func:`read`, :func:`analyze` and :func:`export`.
        truth: stride table with the exact values, of the bone (``cpd_exc_deg``) and of what an
            ideal sensor would see (``cpd_exc_sensor_deg``).
        events: foot strikes and toe offs: ``time_s, side, event, gait``.
    """

    recording: Path
    truth: pd.DataFrame
    events: pd.DataFrame


Source: TypeAlias = "PathLike | Iterable[PathLike] | pd.DataFrame | Simulation"
"""What is analysed: a file, the files of one session, samples, or a simulated session."""


def read(
    source: PathLike | Iterable[PathLike] | Simulation,
    *,
    format: ImportFormat = "auto",  # noqa: A002 - as the command line's --format
    placements: Mapping[str, str] | None = None,
    sensor_map: PathLike | None = None,
    rate_hz: float | None = None,
) -> pd.DataFrame:
    """Read the samples of a session: a recording, or anything that ``levelstride import`` reads.

    Args:
        source: a file, or all files of one session.
        format: what foreign files are; ``auto`` looks at their content.
        placements: sensor id to ``pelvis``, ``shank_left`` or ``shank_right``, in place of what
            the files say.
        sensor_map: file with such pairs.
        rate_hz: sampling rate, for exports that do not tell theirs.

    Returns:
        One row per sample: ``time_s``, ``placement``, ``acc_x … acc_z`` (specific force, m/s²),
        ``gyr_x … gyr_z`` (rad/s) in sensor axes, ``sample_index`` (lost samples are counted),
        ``rate_hz``, ``clipped_acc``, ``clipped_gyr``. ``attrs`` holds ``source``, ``runner``,
        ``started_utc``, ``conditions``, ``notes`` and ``problems``.

    Raises:
        InputError: a file cannot be used; unit, column, time or placement is wrong.
        RecordingError: a recording cannot be read.
    """
    from pipeline.exporters.sample_frame import samples_to_frame
    from pipeline.exporters.session_samples import read_session

    _check_reading("read", format, rate_hz)
    samples = read_session(
        _paths("read", source),
        file_format=format,
        placements=placement_names("read", placements),
        sensor_map=None if sensor_map is None else Path(sensor_map),
        rate_hz=rate_hz,
    )
    return samples_to_frame(samples)


def simulate(
    out: PathLike,
    *,
    seconds: float = 60.0,
    speed_m_s: float | None = None,
    gait: Literal["run", "walk"] = "run",
    seed: int = 0,
    faults: Literal["none", "field", "harsh"] = "none",
    scenario: str | None = None,
    runner: str = "virtual runner",
) -> Simulation:
    """Record a virtual runner; the same arguments give the same bytes.

    Args:
        out: recording to write (``.mcap``); a simulated one in its place is replaced.
        seconds: length; it begins with standing, squats and some walking.
        speed_m_s: drawn from the seed when None.
        gait: what fills the session. Neither this nor a speed goes with a scenario.
        seed: of the body, the gait and the faults.
        faults: what goes wrong with sensors and radio.
        scenario: name of a scenario in place of the above.
        runner: name in the recording.

    Raises:
        SimulationError: it cannot be simulated like this.
        OutputError: there is a file that is no simulated recording.
        InputError: an argument is of another kind.
    """
    from levelstride.simulated_file import write_simulated_file
    from levelstride.virtual_runner import VirtualRunner

    (path,) = file_names("simulate", [out])
    positive("simulate", "speed_m_s", speed_m_s)
    positive("simulate", "seconds", seconds)
    whole("simulate", "seed", seed)
    wanted = VirtualRunner(seed, scenario, faults if scenario is None else None)
    done = write_simulated_file(
        wanted, path, seconds=seconds, speed_m_s=speed_m_s, gait=gait, runner=runner
    )
    return Simulation(path, done.session.truth_strides(), done.session.truth_events())


def analyze(
    source: Source,
    *,
    mode: Literal["offline", "online"] = "offline",
    format: ImportFormat = "auto",  # noqa: A002 - as the command line's --format
    placements: Mapping[str, str] | None = None,
    sensor_map: PathLike | None = None,
    rate_hz: float | None = None,
) -> Session:
    """Find the strides of a session and measure them.

    Args:
        source: a file, all files of one session, a data frame of samples as :func:`read` gives
            it, or what :func:`simulate` gave.
        mode: ``online``: what a live view would have shown; ``offline``: with the session-wide
            pass.
        format: what foreign files are.
        placements: as for :func:`read`.
        sensor_map: as for :func:`read`.
        rate_hz: as for :func:`read`.

    Returns:
        The session; ``session.table`` is the stride table as a data frame.

    Raises:
        InputError: a file cannot be used; unit, column, time or placement is wrong.
        RecordingError: a recording cannot be read.
    """
    import pandas as pd

    one_of("analyze", "mode", mode, ("offline", "online"))
    _check_reading("analyze", format, rate_hz)
    if isinstance(source, pd.DataFrame):
        from pipeline.exporters.sample_frame import samples_from_frame

        if format != "auto" or placements or sensor_map is not None or rate_hz is not None:
            raise InputError(
                "a data frame names placements and times itself",
                path="data frame",
                remedy="Leave format, placements, sensor_map and rate_hz out",
            )
        return samples_from_frame(source).analysed(mode)
    from pipeline.analyse_file import analyse

    return analyse(
        _paths("analyze", source),
        mode=mode,
        file_format=format,
        placements=placement_names("analyze", placements),
        sensor_map=None if sensor_map is None else Path(sensor_map),
        rate_hz=rate_hz,
    )


analyse = analyze
"""The same; both spellings work."""


def compare(
    first: Session | Sequence[Session],
    second: Session | Sequence[Session] | None = None,
    *,
    conditions: tuple[str, str] | None = None,
    blocks: pd.DataFrame | None = None,
    metrics: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Compare sessions, or two conditions within one; what is within error is said so.

    Between sessions the sensors were put on anew, which counts as error; between blocks of one
    session they were not.

    Args:
        first: the session, or the baseline sessions of one runner.
        second: the session, or sessions, to hold against them. None compares conditions.
        conditions: names of two conditions within ``first``; the second is held against the first.
        blocks: stretches of ``first``: ``condition, start_s, end_s``; None takes the markers of
            its recording.
        metrics: columns of the stride table; None takes those with a known error.

    Returns:
        One row per metric, leg and compared session: ``metric, side, session, first, second,
        change, low, high`` (95 % interval), ``beyond_error`` (None where that is not known) and
        ``sentence``. A leg or metric that is not known has no row.

    Raises:
        InputError: neither sessions nor conditions can be compared; a metric does not exist.
    """
    from pipeline.statistics.tidy_comparison import compare_blocks, compare_sessions

    base = analysed_sessions(first)
    if (second is None) == (conditions is None):
        raise InputError(
            "there is nothing to compare",
            path="compare",
            remedy="Give a second session, or two conditions within one",
        )
    if second is not None:
        return compare_sessions(base, analysed_sessions(second), metrics)
    if len(base) != 1 or conditions is None:
        raise InputError(
            "conditions are compared within one session", path="compare", remedy="Give that one"
        )
    return compare_blocks(base[0], conditions, blocks, metrics)


def export(
    source: Source | Session,
    out: PathLike,
    *,
    format: ExportFormat | None = None,  # noqa: A002 - as the command line's --format
    force: bool = False,
    started_utc: datetime | None = None,
    rate_hz: float = 100.0,
    subject: str = "01",
    session: str = "",
    task: str = "",
    run: int = 0,
) -> list[Path]:
    """Write a session in the format of another program.

    Args:
        source: files, samples, a simulated session, or an analysed one (the latter for formats
            that are made of strides: ``csv``, ``parquet``, ``fit``).
        out: file to write; of ``motion-bids`` the folder of the data set.
        format: ``csv``, ``parquet`` (stride table), ``neutral-csv``, ``neutral-parquet``
            (samples), ``opensim-sto``, ``motion-bids``, ``fit``; None takes it from the suffix.
        force: replace existing files.
        started_utc: start of the session, for ``fit``, where the source does not say it.
        rate_hz: rows per second, for ``opensim-sto``.
        subject: label, for ``motion-bids``; letters and digits.
        session: label, for ``motion-bids``; empty for none.
        task: label, for ``motion-bids``; empty takes the session's.
        run: number, for ``motion-bids``; 0 for none.

    Returns:
        The files, the most important one first.

    Raises:
        OutputError: the export cannot be written.
        InputError: the source cannot be used.
        CalibrationError: orientations cannot be told.
    """
    import pandas as pd

    from pipeline.exporters.bids_labels import BidsLabels
    from pipeline.exporters.export_session import (
        EXPORT_FORMATS,
        STRIDE_FORMATS,
        ExportChoices,
        StrideSource,
        export_files,
        export_samples,
        export_strides,
    )
    from pipeline.exporters.sample_frame import samples_from_frame
    from pipeline.session import Session as AnalysedSession

    (path,) = file_names("export", [out])
    kind = format or _format_of(path)
    one_of("export", "format", kind, EXPORT_FORMATS)
    positive("export", "rate_hz", rate_hz)
    moment("export", "started_utc", started_utc)
    labels = BidsLabels(subject, session, task, run) if kind == "motion-bids" else None
    choices = ExportChoices(labels, rate_hz, started_utc, force)
    if isinstance(source, AnalysedSession):
        if kind not in STRIDE_FORMATS:
            raise InputError(
                f"{kind} is made of samples, which an analysed session does not keep",
                path=path,
                remedy="Give the recording, or the samples that read() gives",
            )
        return list(export_strides(StrideSource.of_session(source), path, kind, choices).files)
    if isinstance(source, pd.DataFrame):
        return list(export_samples(samples_from_frame(source), path, kind, choices).files)
    return list(export_files(_paths("export", source), path, kind, choices).files)


def _format_of(path: Path) -> ExportFormat:
    kinds: dict[str, ExportFormat] = {
        ".csv": "csv",
        ".parquet": "parquet",
        ".sto": "opensim-sto",
        ".fit": "fit",
    }
    if path.suffix.lower() not in kinds:
        raise OutputError(
            "the name does not tell the format",
            path=path,
            remedy=f"Let it end in {', '.join(kinds)}, or name the format",
        )
    return kinds[path.suffix.lower()]


def _paths(function: str, source: object) -> list[Path]:
    if isinstance(source, Simulation):
        return [source.recording]
    return file_names(function, source)


def _check_reading(function: str, file_format: object, rate_hz: object) -> None:
    from pipeline.importers.import_format import IMPORT_FORMATS

    one_of(function, "format", file_format, IMPORT_FORMATS)
    positive(function, "rate_hz", rate_hz)

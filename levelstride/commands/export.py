"""``levelstride export``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from levelstride.commands.options import (
    place_option,
    rate_option,
    sensor_map_option,
)
from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from levelstride.store_option import store_option
from pipeline.errors import StoreError
from pipeline.exporters.export_session import (
    EXPORT_FORMATS,
    ExportChoices,
    Exported,
    ExportFormat,
    export_files,
    export_stored,
    session_id_of,
)
from sensors.placement import Placement

if TYPE_CHECKING:
    from pipeline.store import Store, StorePlace

RUNNER_ZIP = "runner-zip"
_BIDS_OPTIONS = ("subject", "session", "task", "run")


class MomentType(click.ParamType[datetime]):
    """A moment with its time zone, ``2026-05-04T07:30:00+02:00``; in UTC without one."""

    name = "MOMENT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read ISO 8601."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} should look like 2026-05-04T07:30:00+02:00.", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@click.command(short_help="A session in the formats of other programs.")
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option(
    "--format",
    "export_format",
    required=True,
    type=click.Choice([*EXPORT_FORMATS, RUNNER_ZIP]),
    help="csv, parquet: the stride table; neutral-csv, neutral-parquet: the samples.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write; for motion-bids the folder of the data set, new or to be added to.",
)
@click.option("--force", is_flag=True, help="Replace existing files of the same names.")
@click.option(
    "--start",
    "started_utc",
    type=MomentType(),
    help="Start of the session, for fit, where the source does not say it.",
)
@click.option(
    "--sto-rate",
    "sto_rate_hz",
    type=click.FloatRange(10.0, 1000.0),
    default=100.0,
    show_default=True,
    help="Rows per second, for opensim-sto.",
)
@click.option("--subject", default="01", show_default=True, help="Label, for motion-bids.")
@click.option("--session", default="", help="Label, for motion-bids.")
@click.option("--task", default="", help="Label, for motion-bids; default: as the session says.")
@click.option("--run", type=click.IntRange(1, 99), help="Number, for motion-bids.")
@click.option("--runner", default="", help="Whose sessions, for runner-zip.")
@store_option
@sensor_map_option
@rate_option
@place_option
@click.pass_context
def export(
    context: click.Context,
    files: tuple[str, ...],
    export_format: str,
    out: Path,
    force: bool,
    started_utc: datetime | None,
    sto_rate_hz: float,
    subject: str,
    session: str,
    task: str,
    run: int | None,
    runner: str,
    store_folder: StorePlace | None,
    sensor_map: Path | None,
    rate_hz: float | None,
    places: dict[str, Placement],
) -> int:
    """Write a session as other programs read it.

    FILE is a recording, anything that `import` reads, or the id of a session in the library. The
    format runner-zip takes no file: it writes everything that the library holds of --runner.

    Nothing is half-written: an export is whole, or is not there. Exit code 3 when it is, but data
    are lost or doubtful.
    """
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    _refuse_unused(given, export_format)
    if export_format == RUNNER_ZIP:
        if files or not runner:
            raise click.UsageError("runner-zip takes --runner NAME, and no file.")
        return _export_runner(runner, out, store_folder, force=force)
    if not files:
        raise click.UsageError("Name a recording, foreign files, or a session of the library.")
    kind = next(each for each in get_args(ExportFormat) if each == export_format)
    labels = None
    if kind == "motion-bids":
        from pipeline.exporters.bids_labels import BidsLabels

        labels = BidsLabels(subject, session, task, run or 0)
    choices = ExportChoices(labels, sto_rate_hz, started_utc, force)
    session_id = session_id_of(files[0]) if len(files) == 1 else None
    with progress_bar() as progress:
        progress("Exporting", 0.0)
        if session_id is not None:
            with _library(store_folder) as store:
                exported = export_stored(store.session(session_id), out, kind, choices)
        else:
            exported = export_files(
                [Path(file) for file in files],
                out,
                kind,
                choices,
                placements=places or None,
                sensor_map=sensor_map,
                rate_hz=rate_hz,
            )
    _tell(exported)
    return DOUBTFUL if exported.problems else DONE


def _refuse_unused(given: set[str], export_format: str) -> None:
    """Refuse options that a format makes no use of, rather than ignore them."""
    belongs = {
        "started_utc": ("--start", "fit"),
        "sto_rate_hz": ("--sto-rate", "opensim-sto"),
        "runner": ("--runner", RUNNER_ZIP),
        **{name: (f"--{name}", "motion-bids") for name in _BIDS_OPTIONS},
    }
    for name, (option, kind) in belongs.items():
        if name in given and kind != export_format:
            raise click.UsageError(f"{option} has no meaning for {export_format}, only for {kind}.")


def _export_runner(runner: str, out: Path, store_folder: StorePlace | None, *, force: bool) -> int:
    from pipeline.exporters.output_place import check_output_file

    check_output_file(out, force=force)
    with _library(store_folder) as store:
        count = store.export_runner(runner, out)
    click.echo(f"{out}: {count} session(s) of {one_line(runner)}", err=True)
    return DONE


def _library(place: StorePlace | None) -> Store:
    """The library; one that is not there is not made."""
    from pipeline.store import Store  # SQLAlchemy takes a second
    from pipeline.store_place import StorePlace

    if place is None:
        place = StorePlace.named()
    if not place.is_there():
        raise StoreError(
            "there is no library",
            where=place.where,
            remedy="Name its folder with --store, or export from a recording's file",
        )
    return Store.open(place)


def _tell(exported: Exported) -> None:
    for problem in exported.problems:
        click.echo(f"Doubtful: {one_line(problem)}", err=True)
    for note in exported.notes:
        click.echo(f"Note: {one_line(note)}", err=True)
    for file in exported.files:
        click.echo(str(file), err=True)

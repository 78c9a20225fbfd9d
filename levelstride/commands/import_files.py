"""``levelstride import``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from levelstride import __version__
from levelstride.commands.options import (
    format_option,
    place_option,
    rate_option,
    sensor_map_option,
)
from levelstride.exit_codes import DONE
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from pipeline.importers.import_format import ImportFormat
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.preview import preview_lines
from pipeline.importers.read_files import read_files
from pipeline.importers.to_recording import write_imported
from sensors.placement import Placement
from sensors.session_info import SessionInfo

_LEAVE_OUT = "none"


@click.command(name="import", short_help="Foreign data into a recording.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Recording to write (.mcap).")
@click.option(
    "--preview", is_flag=True, help="Only say what would be imported; nothing is written."
)
@click.option("--runner", default="", help="Name or code of the runner.")
@format_option
@sensor_map_option
@rate_option
@place_option
def import_files(
    files: tuple[Path, ...],
    out: Path | None,
    preview: bool,
    runner: str,
    file_format: ImportFormat,
    sensor_map: Path | None,
    rate_hz: float | None,
    places: dict[str, Placement],
) -> int:
    """Read FILES, check units, times and placements, and write them as one recording.

    FILES are one session: neutral samples (one CSV or Parquet), or the exports of MT Manager (.txt),
    MVN (.mvnx), Movella DOT, MetaWear, x-IMU3, APDM, Shimmer, NilsPod, or Motion-BIDS;
    folders and ZIP archives of them, too.
    A watch's .fit, .gpx or .tcx given with them adds speed, slope and heart rate.
    Where a sensor was worn is read from file names and sensor maps, given with --place, or asked for.
    An existing recording is never replaced. `analyze` reads the same files directly.
    """
    if preview:
        for line in preview_lines(_read(files, file_format, places, sensor_map, rate_hz)):
            click.echo(one_line(line))
        return DONE
    if out is None:
        raise click.UsageError("Give --out RECORDING, or --preview to see what would be imported.")
    with progress_bar() as progress:
        progress("Reading", 0.0)
        imported = _read(files, file_format, places, sensor_map, rate_hz)
        session = SessionInfo(
            software=f"levelstride {__version__}",
            runner=runner,
            source="imported",
            conditions={"files": ", ".join(path.name for path in imported.files)},
        )
        shift_s = write_imported(imported, out, session, lambda share: progress("Writing", share))
    for warning in imported.warnings:
        click.echo(f"Note: {one_line(warning)}", err=True)
    if shift_s:
        click.echo(
            f"Note: all times are later by {shift_s:g} s, so that none is negative", err=True
        )
    sensors = ", ".join(
        f"{p.label} {len(s)} samples at {s.rate_hz:g} Hz" for p, s in imported.sensors.items()
    )
    click.echo(f"{out}: {sensors}", err=True)
    return DONE


def _read(
    files: Sequence[Path],
    file_format: ImportFormat,
    places: dict[str, Placement],
    sensor_map: Path | None,
    rate_hz: float | None,
) -> ImportedSamples:
    return read_files(
        files,
        file_format=file_format,
        placements={sensor: place.value for sensor, place in places.items()} or None,
        sensor_map=sensor_map,
        rate_hz=rate_hz,
        ask=_ask if sys.stdin.isatty() and sys.stderr.isatty() else None,
    )


def _ask(sensor: str, free: Sequence[Placement]) -> Placement | None:
    """Ask a person at a terminal where a sensor was worn."""
    answer = click.prompt(
        f"Where was {one_line(sensor)} worn?",
        type=click.Choice([*(place.value for place in free), _LEAVE_OUT]),
        default=_LEAVE_OUT,
        err=True,
    )
    return None if answer == _LEAVE_OUT else Placement(answer)

"""``levelstride import``."""

from __future__ import annotations

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
from pipeline.importers.read_files import ImportFormat, read_files
from pipeline.importers.to_recording import write_imported
from sensors.placement import Placement
from sensors.session_info import SessionInfo


@click.command(name="import", short_help="Foreign data into a recording.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Recording (.mcap).")
@click.option("--runner", default="", help="Name or code of the runner.")
@format_option
@sensor_map_option
@rate_option
@place_option
def import_files(
    files: tuple[Path, ...],
    out: Path,
    runner: str,
    file_format: ImportFormat,
    sensor_map: Path | None,
    rate_hz: float | None,
    places: dict[str, Placement],
) -> int:
    """Read FILES, check units, times and placements, and write them as one recording.

    FILES are neutral samples (one CSV or Parquet) or the text exports of one Xsens MTw session.
    An existing recording is never replaced. `analyze` reads the same files directly.
    """
    with progress_bar() as progress:
        progress("Reading", 0.0)
        imported = read_files(
            files,
            file_format=file_format,
            placements={sensor: place.value for sensor, place in places.items()} or None,
            sensor_map=sensor_map,
            rate_hz=rate_hz,
        )
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

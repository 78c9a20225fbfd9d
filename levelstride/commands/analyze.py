"""``levelstride analyze``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from levelstride.commands.options import (
    format_option,
    place_option,
    rate_option,
    sensor_map_option,
)
from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.progress import progress_bar
from levelstride.rare_collections import rare_collections
from levelstride.summary import print_summary, summary_object
from pipeline.analyse_file import analyse
from pipeline.importers.import_format import ImportFormat
from pipeline.stride_table import stride_parts
from pipeline.table_file import check_table_path, write_parts, write_table
from sensors.placement import Placement
from sensors.recording_repair import repair


@click.command(short_help="Stride table of a recording or of foreign data.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Stride table: .csv, .parquet or .json.",
)
@click.option(
    "--online",
    is_flag=True,
    help="The strides as a live view would have shown them, without the session-wide pass.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.option("--store", "to_store", is_flag=True, help="Add the session to the library.")
@format_option
@sensor_map_option
@rate_option
@place_option
def analyze(
    files: tuple[Path, ...],
    out: Path | None,
    online: bool,
    as_json: bool,
    to_store: bool,
    file_format: ImportFormat,
    sensor_map: Path | None,
    rate_hz: float | None,
    places: dict[str, Placement],
) -> int:
    """Find the strides in FILES and measure them.

    FILES is a recording (all files of one session together, if it is in several), neutral samples
    (CSV or Parquet), or the exports of one session that `import` reads; a watch's .fit,
    .gpx or .tcx beside them adds speed, slope and heart rate. A recording that was cut short is
    analysed as far as it goes (exit code 3).
    """
    if out is not None:
        check_table_path(out, files)
    with rare_collections(), progress_bar() as progress:
        session = analyse(
            files,
            mode="online" if online else "offline",
            file_format=file_format,
            placements=places,
            sensor_map=sensor_map,
            rate_hz=rate_hz,
            progress=progress,
        )
    if out is not None:
        write_parts(stride_parts(session.strides), out)
        if session.repetitions:
            from pipeline.tasks.repetition_table import (
                repetitions_to_frame,  # pandas takes a second
            )

            write_table(repetitions_to_frame(session.repetitions), repetitions_path(out))
    if to_store:
        from pipeline.store import Store  # SQLAlchemy takes a second

        with Store.open() as store, TemporaryDirectory() as scratch:
            recording = None
            if session.provenance.get("format") == "recording":
                recording = files[0] if len(files) == 1 else Path(scratch) / "joined.mcap"
                if len(files) > 1:
                    repair(files, recording)
            session_id = store.add_session(session, recording)
            if store.accounts.people.any():
                from dashboard.draw_ahead import draw_ahead  # pages take seconds to load

                draw_ahead(store, session_id)
    if as_json:
        click.echo(json.dumps(_finite(summary_object(session)), ensure_ascii=False))
    else:
        from rich.console import Console

        print_summary(session, Console())
    return DOUBTFUL if session.problems else DONE


def repetitions_path(strides: Path) -> Path:
    """Where the table of repetitions goes: ``run.repetitions.csv`` beside ``run.csv``."""
    name = strides.name
    for suffix in (".csv.gz", strides.suffix):
        if name.endswith(suffix):
            return strides.with_name(f"{name.removesuffix(suffix)}.repetitions{suffix}")
    return strides.with_name(f"{name}.repetitions")


def _finite(value: object) -> object:
    """``value`` with null in place of numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value

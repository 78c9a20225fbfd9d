"""``levelstride validate``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.progress import progress_bar
from levelstride.validation.report import as_lines, as_object, make_folder, write_files
from levelstride.validation.suites import DEFAULT, FULL, SUITES, run_suites

DATA_VARIABLE = "LEVELSTRIDE_DATA"


@click.command(short_help="How far results are from references: the accuracy table.")
@click.option(
    "--suite",
    "suites",
    type=click.Choice(list(SUITES)),
    multiple=True,
    help="What to run; repeatable. Default: the quick simulated suites; with --full all of them.",
)
@click.option("--full", is_flag=True, help="More simulated people, and all real trials.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=f"Folder of the real data sets; default: {DATA_VARIABLE}.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for figures.csv, summary.csv, targets.csv and charts (SVG).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
def validate(
    suites: tuple[str, ...], full: bool, data: Path | None, out: Path | None, as_json: bool
) -> int:
    """Run the accuracy suites and print errors, median beside worst leg, and the targets.

    Simulated people are drawn from fixed seeds on which nothing was chosen. Suites on real data
    need the folder of the data sets; what cannot run says why, with exit code 3.
    """
    named = os.environ.get(DATA_VARIABLE, "")
    folder = data if data is not None else Path(named) if named else None
    if out is not None:
        make_folder(out)  # before, not after, what may take an hour
    with progress_bar() as progress:
        results = run_suites(
            list(dict.fromkeys(suites)) or list(FULL if full else DEFAULT),
            data=folder,
            full=full,
            progress=progress,
        )
    if out is not None:
        write_files(results, out)
    if as_json:
        click.echo(json.dumps(as_object(results)))
    else:
        for line in as_lines(results):
            click.echo(line)
    return DOUBTFUL if any(result.not_run for result in results) else DONE

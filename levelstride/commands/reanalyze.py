"""``levelstride reanalyze``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from levelstride.store_option import store_option

if TYPE_CHECKING:
    from pipeline.reanalysis import ReanalysisSummary
    from pipeline.reanalysis_workers import Workers
    from pipeline.store import StorePlace

SHOWN_FAILURES = 20


@click.command(short_help="Analyse the library again after the method has changed.")
@store_option
@click.option(
    "--processes",
    type=click.IntRange(1, 512),
    default=1,
    show_default=True,
    help="How many processes of this computer; 1: this one.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler whose workers do it, such as tcp://127.0.0.1:8786.",
)
@click.option("--again", is_flag=True, help="Also sessions that this method has analysed.")
@click.option("--retry-failed", is_flag=True, help="Also sessions that were given up.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
def reanalyze(
    store_folder: StorePlace | None,
    processes: int,
    scheduler: str | None,
    *,
    again: bool,
    retry_failed: bool,
    as_json: bool,
) -> int:
    """Analyse the recordings of the library that another method has analysed, and say what changed.

    Old results stay until the new ones are whole. A run that was stopped or cut off goes on when it
    is started again; several runs share the work. A session that cannot be analysed is given up
    after three tries, and its old results stay. Exit code 3 when there is such a one.
    """
    if scheduler is not None and processes != 1:
        raise click.UsageError("--scheduler and --processes exclude each other.")
    from pipeline.errors import StoreError
    from pipeline.reanalysis import reanalyze as run
    from pipeline.reanalysis_workers import DaskCluster, Processes, ThisProcess
    from pipeline.store import StorePlace

    place = StorePlace.named() if store_folder is None else store_folder
    if not place.is_there():
        raise StoreError(
            "there is no library", where=place.where, remedy="Name its folder with --store"
        )
    workers: Workers = ThisProcess()
    if scheduler is not None:
        workers = DaskCluster(scheduler)
    elif processes > 1:
        workers = Processes(processes)
    with progress_bar() as bar:
        summary = run(
            place,
            workers,
            again=again,
            retry_failed=retry_failed,
            progress=lambda done, total: bar(
                f"Analysing {total} session(s)", done / total if total else 1.0
            ),
        )
    if as_json:
        click.echo(json.dumps(asdict(summary), ensure_ascii=False))
    else:
        _tell(summary)
    left = summary.counts.get("elsewhere", 0)
    return DOUBTFUL if summary.failed or left else DONE


def _tell(summary: ReanalysisSummary) -> None:
    counts = summary.counts
    done = counts.get("done", 0) + counts.get("known", 0)
    click.echo(
        f"Method {summary.method}: {done} session(s) analysed, {len(summary.failed)} given up, of "
        f"{summary.sessions} in the library ({summary.without_recording} without a recording)."
    )
    if counts.get("elsewhere"):
        click.echo(f"{counts['elsewhere']} are being analysed by another run.")
    if done:
        before, after = summary.strides
        click.echo(
            f"Valid strides: {before} before, {after} now; changed in {summary.strides_changed} "
            f"session(s). Main gait changed in {summary.gait_changed}."
        )
    for metric, change in summary.metrics.items():
        click.echo(
            f"{metric:14} medians of {change.values} legs, {change.changed} changed: median change "
            f"{change.median_deg:+.3f} deg, largest {change.largest_deg:+.3f} deg "
            f"({change.session_id})"
        )
    for session_id, reason in list(summary.failed.items())[:SHOWN_FAILURES]:
        click.echo(f"Given up: {session_id}: {one_line(reason)}", err=True)
    if len(summary.failed) > SHOWN_FAILURES:
        click.echo(f"and {len(summary.failed) - SHOWN_FAILURES} more; see --json", err=True)

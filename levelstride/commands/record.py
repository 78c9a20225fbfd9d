"""``levelstride record``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from levelstride.commands.options import beside_option, radio_option, seed_option, worn_option
from levelstride.cue_option import cue_option, terminal_cues
from levelstride.end_signals import interrupt_calls
from levelstride.exit_codes import DONE, DOUBTFUL, WRONG_USE
from levelstride.live_recording import file_session, rescue_folder
from levelstride.placement_memory import placements_for
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from levelstride.simulated_recording import SIMULATED
from levelstride.summary import print_summary
from levelstride.virtual_runner import VirtualRunner
from levelstride.watching import watch_in_terminal
from pipeline.analyse_file import analyse_recording
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_session import LiveSession
from sensors.placement import Placement


@click.command(short_help="Record a session, with live numbers in the terminal.")
@radio_option
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(1.0, 172_800.0),
    help="Seconds; default: until Ctrl-C.",
)
@click.option("--runner", default="", help="Name or code of the runner.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Recording (.mcap).")
@worn_option
@beside_option
@seed_option
@cue_option
def record(
    radio: RadioName,
    seconds: float | None,
    runner: str,
    out: Path,
    places: dict[str, Placement],
    beside: tuple[str, ...],
    seed: int,
    cue: FeedbackRequest | None,
) -> int:
    """Record all sensors in range into one file, and show the strides as they come.

    An existing file is never replaced. Exit code 3 when data were lost.
    """
    if cue is not None and cue.basis == "earlier":
        raise click.UsageError("`record` knows no earlier sessions; take own, or use `live`.")
    console = Console(stderr=True)
    session = LiveSession(
        radio_source(radio, runner=VirtualRunner(seed, beside=beside), seconds=seconds or 0.0),
        file_session(out, runner, SIMULATED if radio.simulated else "live"),
        placements=placements_for(radio, places),
        seconds=seconds,
        side_channels=beside,
        fallback=rescue_folder(),
        on_cue=terminal_cues(console),
    )
    session.set_feedback(cue)
    session.start()
    with interrupt_calls(session.stop):
        watch_in_terminal(session, console)
    if session.error is not None and not out.exists():
        raise session.error
    if session.error is not None:
        click.echo(f"levelstride: {one_line(str(session.error))}", err=True)
    if not out.exists():
        click.echo("Stopped before a sensor streamed: nothing was recorded.", err=True)
        return WRONG_USE
    with progress_bar() as progress:
        result = analyse_recording(*session.recordings, progress=progress)
    print_summary(result, Console())
    click.echo(f"Recorded in {' and '.join(map(str, session.recordings))}", err=True)
    return DOUBTFUL if session.error is not None or result.problems else DONE

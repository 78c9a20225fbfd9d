"""``levelstride simulate``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

import click

from firmware_sim import SimulatedSession
from levelstride import __version__
from levelstride.exit_codes import DONE
from levelstride.progress import progress_bar
from levelstride.simulated_recording import SIMULATED, is_simulated, write_recording, write_truth
from levelstride.simulation_errors import simulation_errors
from sensors.session_info import SessionInfo

START_UTC = datetime(2000, 1, 1, tzinfo=UTC)
"""A simulated session has no date; a fixed one makes the same seed give the same file."""
NAMESPACE = UUID("3b0f8a0e-5d5c-4a4e-9d2b-0c8f6f0f7a11")


@click.command(short_help="A recording of a virtual runner, with exact truth.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Recording (.mcap).")
@click.option("--truth", type=click.Path(path_type=Path), help="Folder for the truth tables.")
@click.option("--seconds", type=click.FloatRange(20.0, 86_400.0), default=180.0, show_default=True)
@click.option("--speed", "speed_m_s", type=float, help="m/s; drawn from the seed when absent.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option("--gait", type=click.Choice(["run", "walk"]), default="run", show_default=True)
@click.option(
    "--faults",
    type=click.Choice(["none", "field", "harsh"]),
    default="none",
    show_default=True,
    help="Errors of sensors, straps and radio.",
)
@click.option(
    "--runner", default="virtual runner", show_default=True, help="Name in the recording."
)
def simulate(
    out: Path,
    truth: Path | None,
    seconds: float,
    speed_m_s: float | None,
    seed: int,
    gait: Literal["run", "walk"],
    faults: Literal["none", "field", "harsh"],
    runner: str,
) -> int:
    """Simulate a runner who stands, does squats, walks and runs, and record the three sensors.

    The packets are the same as over the virtual radio. The same seed gives the same bytes. The
    truth folder gets strides.csv (the stride table), events.csv and meta.json.
    """
    with simulation_errors():
        session = SimulatedSession(seconds, seed, speed_m_s, gait, faults)
    is_simulated(out)
    arguments = f"{seconds} {seed} {speed_m_s} {gait} {faults} {runner}"
    info = SessionInfo(
        session_uuid=str(uuid5(NAMESPACE, arguments)),
        started_utc=START_UTC,
        software=f"levelstride {__version__}",
        runner=runner,
        source=SIMULATED,
        conditions={"gait": gait, "faults": faults, "seed": str(seed)},
    )
    with progress_bar() as progress:
        count = write_recording(
            session, out, info, lambda share: progress("Simulating sensors", share)
        )
        if truth is not None:
            progress("Writing truth", 0.0)
            write_truth(session, truth)
    click.echo(
        f"{out}: {count} packets of {len(session.sensors)} sensors, {seconds:g} s.", err=True
    )
    return DONE

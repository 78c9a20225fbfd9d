"""``levelstride simulate``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

import click
from click.core import ParameterSource

from firmware_sim.fault_log import FaultLog
from firmware_sim.imu.faults import FaultLevel
from levelstride import __version__
from levelstride.commands.runner_options import runner_options
from levelstride.exit_codes import DONE
from levelstride.progress import progress_bar
from levelstride.simulated_devices import write_device_recording
from levelstride.simulated_recording import SIMULATED, is_simulated, write_recording, write_truth
from levelstride.simulation_errors import simulation_errors
from levelstride.virtual_runner import VirtualRunner
from sensors.session_info import SessionInfo

START_UTC = datetime(2000, 1, 1, tzinfo=UTC)
"""A simulated session has no date; a fixed one makes the same seed give the same file."""
NAMESPACE = UUID("3b0f8a0e-5d5c-4a4e-9d2b-0c8f6f0f7a11")


@click.command(short_help="A recording of a virtual runner, with exact truth.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Recording (.mcap).")
@click.option("--truth", type=click.Path(path_type=Path), help="Folder for the truth tables.")
@click.option(
    "--truth-samples", is_flag=True, help="Also write the truth at every sample (samples.parquet)."
)
@click.option(
    "--seconds",
    type=click.FloatRange(20.0, 86_400.0),
    help="Length; default: the scenario's, or 180.",
)
@click.option("--speed", "speed_m_s", type=float, help="m/s; drawn from the seed when absent.")
@click.option("--gait", type=click.Choice(["run", "walk"]), default="run", show_default=True)
@runner_options
@click.option(
    "--runner", default="virtual runner", show_default=True, help="Name in the recording."
)
@click.pass_context
def simulate(
    context: click.Context,
    out: Path,
    truth: Path | None,
    truth_samples: bool,
    seconds: float | None,
    speed_m_s: float | None,
    gait: Literal["run", "walk"],
    scenario: str | None,
    seed: int,
    faults: FaultLevel | None,
    fault_changes: dict[str, str],
    device: str,
    beside: tuple[str, ...],
    runner: str,
) -> int:
    """Simulate a runner, and record the three sensors.

    The packets are the same as over the virtual radio. The same arguments give the same bytes. The
    truth folder gets strides.csv (the stride table: bone, and what the sensor did), events.csv,
    repetitions.csv, faults.csv (what went wrong, when and with whom) and meta.json.
    """
    given = context.get_parameter_source("gait") is not ParameterSource.DEFAULT
    if scenario is not None and (speed_m_s is not None or given):
        raise click.UsageError(
            "--scenario says speed and gait itself; leave --speed and --gait out."
        )
    if truth_samples and truth is None:
        raise click.UsageError("--truth-samples needs a folder: give --truth, too.")
    with simulation_errors():
        wanted = VirtualRunner(seed, scenario, faults, fault_changes, device, beside)
        session = wanted.session(seconds, speed_m_s=speed_m_s, gait=gait)
    is_simulated(out)
    arguments = f"{session.seconds} {speed_m_s} {gait} {runner} {wanted}"
    info = SessionInfo(
        session_uuid=str(uuid5(NAMESPACE, arguments)),
        started_utc=START_UTC,
        software=f"levelstride {__version__}",
        runner=runner,
        source=SIMULATED,
        conditions={
            "gait": session.gait,
            "faults": session.faults,
            "seed": str(seed),
            **({"scenario": scenario} if scenario else {}),
        },
    )
    log = FaultLog()
    with progress_bar() as progress:

        def simulated(share: float) -> None:
            progress("Simulating sensors", share)

        if wanted.plain:
            count = write_recording(session, out, info, simulated, log)
        else:
            count, log = write_device_recording(session, out, info, wanted.devices, simulated)
        if truth is not None:
            progress("Writing truth", 0.0)
            write_truth(session, truth, log, samples=truth_samples)
    click.echo(
        f"{out}: {count} packets of {len(wanted.devices)} devices, {session.seconds:g} s.", err=True
    )
    return DONE

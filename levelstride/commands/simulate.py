"""``levelstride simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
from click.core import ParameterSource

from firmware_sim.imu.faults import FaultLevel
from levelstride.commands.runner_options import runner_options
from levelstride.exit_codes import DONE
from levelstride.progress import progress_bar
from levelstride.simulated_file import write_simulated_file
from levelstride.simulated_recording import write_truth
from levelstride.simulation_errors import simulation_errors
from levelstride.virtual_runner import VirtualRunner


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
    with progress_bar() as progress:
        with simulation_errors():
            wanted = VirtualRunner(seed, scenario, faults, fault_changes, device, beside)
            simulated = write_simulated_file(
                wanted,
                out,
                seconds=seconds,
                speed_m_s=speed_m_s,
                gait=gait,
                runner=runner,
                progress=lambda share: progress("Simulating sensors", share),
            )
        if truth is not None:
            progress("Writing truth", 0.0)
            write_truth(simulated.session, truth, simulated.log, samples=truth_samples)
    click.echo(
        f"{out}: {simulated.packets} packets of {len(wanted.devices)} devices, "
        f"{simulated.session.seconds:g} s.",
        err=True,
    )
    return DONE

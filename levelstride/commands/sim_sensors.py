"""``levelstride sim-sensors``."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack

import click

from firmware_sim.imu.faults import FaultLevel
from levelstride.commands.options import AddressType
from levelstride.commands.runner_options import runner_options
from levelstride.end_signals import interrupt_calls
from levelstride.exit_codes import DONE
from levelstride.simulated_air import adapters_air, serve_air
from levelstride.simulation_errors import simulation_errors
from levelstride.virtual_runner import VirtualRunner

DEFAULT_PORT = 9545


@click.command(short_help="Virtual sensors alone, for another process or a real adapter.")
@click.option(
    "--listen",
    type=AddressType(),
    default=f"127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="Where other processes join the virtual air; port 0 takes a free one.",
)
@click.option(
    "--hci",
    "adapters",
    metavar="TRANSPORT",
    multiple=True,
    help="A real Bluetooth adapter in place of the virtual air, as bumble names it (usb:0,"
    " hci-socket:0, serial:...); repeatable: one sensor each, pelvis first.",
)
@click.option(
    "--for", "seconds", type=click.FloatRange(1.0, 172_800.0), help="Seconds; default: to Ctrl-C."
)
@runner_options
def sim_sensors(
    listen: tuple[str, int],
    adapters: tuple[str, ...],
    seconds: float | None,
    scenario: str | None,
    seed: int,
    faults: FaultLevel | None,
    fault_changes: dict[str, str],
    device: str,
    beside: tuple[str, ...],
) -> int:
    """Put the sensors of a virtual runner on the air, and nothing else.

    Another process uses them with `--radio tcp:HOST:PORT` in scan, record and live; with --hci any
    phone or computer nearby does.
    """
    with simulation_errors():
        runner = VirtualRunner(seed, scenario, faults, fault_changes, device, beside)
        session = runner.session(None if scenario else 60.0, quick=True)

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            # before anything is announced: who waits for the announcement may end us right after it
            stack.enter_context(interrupt_calls(lambda: loop.call_soon_threadsafe(stop.set)))
            if adapters:
                devices = await stack.enter_async_context(adapters_air(runner, session, adapters))
                click.echo(f"On the air with {', '.join(adapters)}:", err=True)
            else:
                port, devices = await stack.enter_async_context(serve_air(runner, session, listen))
                click.echo(f"Virtual air at {listen[0]}:{port}:", err=True)
            for one in devices:
                name = one.advertisement().local_name
                click.echo(f"  {name}  {one.placement or 'side channel'}", err=True)
            if not adapters:
                click.echo(
                    f"Use it with --radio tcp:{listen[0]}:{port} in scan, record and live.",
                    err=True,
                )
            click.echo("Ctrl-C ends.", err=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await stop.wait()

    asyncio.run(serve())
    return DONE

"""Options that say which virtual runner, and what goes wrong; shared by the commands that simulate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from firmware_sim.devices import device_kinds, device_variants
from firmware_sim.imu.faults import FAULTS, FaultSettings
from firmware_sim.scenarios import scenario, scenario_names
from levelstride.commands.options import seed_option
from levelstride.exit_codes import DONE
from levelstride.virtual_runner import OPEN_PROFILE
from sensors.drivers.registry import side_kinds


def _fault_changes(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    changes = {}
    for one in value:
        name, equals, number = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} should be NAME=VALUE.", ctx, param)
        changes[name] = number
    return changes


def _list(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    del param
    if not wanted or ctx.resilient_parsing:
        return
    click.echo("Scenarios (--scenario):")
    for name in scenario_names():
        click.echo(f"  {name:18} {scenario(name).description}")
    click.echo("\nSensors (--device KIND or KIND+VARIANT):")
    for kind in (name for name in device_kinds() if name not in side_kinds()):
        variants = device_variants(kind)
        click.echo(f"  {kind:18} {'variants: ' + ', '.join(variants) if variants else ''}".rstrip())
    click.echo(f"\nFaults (--fault NAME=VALUE){'none':>7}  field  harsh")
    for name in FaultSettings.__dataclass_fields__:
        values = "  ".join(
            _short(getattr(FAULTS[level], name)) for level in ("none", "field", "harsh")
        )
        click.echo(f"  {name:24} {values}")
    ctx.exit(DONE)


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(_short(one) for one in value) or "never"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


_OPTIONS = (
    click.option(
        "--scenario",
        metavar="NAME|FILE.json",
        help="What is done, and what goes wrong; see --list. Default: stand, squats, walk, run.",
    ),
    seed_option,
    click.option(
        "--faults",
        type=click.Choice(list(FAULTS)),
        help="Errors of sensors, straps and radio; default: the scenario's, or none.",
    ),
    click.option(
        "--fault",
        "fault_changes",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_fault_changes,
        help="One fault set otherwise, repeatable; see --list.",
    ),
    click.option(
        "--device",
        default=OPEN_PROFILE,
        show_default=True,
        metavar="KIND[+VARIANT]",
        help="Which sensors are worn; see --list.",
    ),
    click.option(
        "--beside",
        type=click.Choice(side_kinds()),
        multiple=True,
        help="A side channel worn, too; repeatable.",
    ),
    click.option(
        "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list,
        help="List scenarios, sensors and faults, and end.",
    ),
)  # fmt: skip


def runner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets their values by the names of ``VirtualRunner``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

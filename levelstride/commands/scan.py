"""``levelstride scan``."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from levelstride.commands.options import radio_option, worn_option
from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.placement_memory import placements_for
from levelstride.plain_text import one_line
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from sensors.identify import identify
from sensors.placement import Placement
from sensors.scan import FoundSensor
from sensors.scan import scan as look


@click.command(short_help="Sensors in range.")
@radio_option
@click.option("--seconds", type=click.FloatRange(0.5, 120.0), default=5.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@worn_option
@click.option(
    "--identify", "shown", metavar="SENSOR", help="Make one sensor (by id or name) blink or buzz."
)
def scan(
    radio: RadioName,
    seconds: float,
    as_json: bool,
    places: dict[str, Placement],
    shown: str | None,
) -> int:
    """List the sensors in range: name, kind, id, signal, battery, assigned placement.

    Exit code 3 when there is none.
    """
    known = placements_for(radio, places)
    if shown is not None:
        name = asyncio.run(_identify(radio, shown, seconds))
        click.echo(f"{name} shows itself now.", err=True)
        return DONE
    found = [
        replace(sensor, placement=known.get(sensor.sensor_id, known.get(sensor.name)))
        if sensor.sensor_id in known or sensor.name in known
        else sensor
        for sensor in asyncio.run(_scan(radio, seconds))
    ]
    if as_json:
        click.echo(json.dumps({"sensors": [asdict(sensor) for sensor in found]}))
    elif found:
        Console().print(_table(found))
    else:
        click.echo(
            f"No sensor answered within {seconds:g} s. Switch the sensors on, bring them near, "
            "and make sure that no other program is connected to them.",
            err=True,
        )
    return DONE if found else DOUBTFUL


async def _scan(radio: RadioName, seconds: float) -> list[FoundSensor]:
    async with radio_source(radio)() as used:
        return await look(used, seconds)


async def _identify(radio: RadioName, wanted: str, seconds: float) -> str:
    async with radio_source(radio)() as used:
        return await identify(used, wanted, seconds)


def _table(found: list[FoundSensor]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("name", "kind", "id", "signal dBm", "battery %", "placement", ""):
        table.add_column(name)
    for s in found:
        cells = (
            s.name,
            s.kind,
            s.sensor_id,
            str(s.rssi),
            "" if s.battery_percent is None else str(s.battery_percent),
            s.placement.label if s.placement else "not assigned",
            s.message,
        )
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table

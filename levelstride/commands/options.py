"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from levelstride.radio_name import RadioName
from pipeline.importers.import_format import IMPORT_FORMATS
from sensors.drivers.registry import side_kinds
from sensors.placement import Placement


class PlaceType(click.ParamType[tuple[str, Placement]]):
    """``SENSOR=PLACEMENT``."""

    name = "SENSOR=PLACEMENT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Placement]:
        """Split and check one pair."""
        sensor, _, place = str(value).rpartition("=")
        names = [p.value for p in Placement]
        if not sensor or place not in names:
            self.fail(
                f"{value!r} should be SENSOR=PLACEMENT with one of {', '.join(names)}.", param, ctx
            )
        return sensor, Placement(place)


class AddressType(click.ParamType[tuple[str, int]]):
    """``HOST:PORT``."""

    name = "HOST:PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Split and check."""
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            self.fail(f"{value!r} should be HOST:PORT, for example 127.0.0.1:9545.", param, ctx)
        return host, int(port)


class RadioType(click.ParamType[RadioName]):
    """``host``, ``sim`` or ``tcp:HOST:PORT``."""

    name = "host|sim|tcp:HOST:PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> RadioName:
        """Check, and split an address."""
        if value in ("host", "sim"):
            return RadioName(value)
        kind, _, address = str(value).partition(":")
        if kind != "tcp":
            self.fail(f"{value!r} should be host, sim or tcp:HOST:PORT.", param, ctx)
        return RadioName("tcp", AddressType().convert(address, param, ctx))


def _as_mapping(
    ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, Placement], ...]
) -> dict[str, Placement]:
    places = dict(value)
    if len(set(places.values())) != len(value):
        raise click.BadParameter("each sensor and each placement can be given once.", ctx, param)
    return places


place_option: Callable[[Any], Any] = click.option(
    "--place",
    "places",
    type=PlaceType(),
    multiple=True,
    callback=_as_mapping,
    help="Where a sensor was worn, in place of what the file or the sensor says; repeatable.",
)
worn_option: Callable[[Any], Any] = click.option(
    "--place",
    "places",
    type=PlaceType(),
    multiple=True,
    callback=_as_mapping,
    help="Where a sensor (by id or name) is worn; repeatable. Remembered on this computer.",
)
beside_option: Callable[[Any], Any] = click.option(
    "--beside",
    type=click.Choice(side_kinds()),
    multiple=True,
    help="Record a side channel, too: the nearest of its kind; repeatable.",
)
radio_option: Callable[[Any], Any] = click.option(
    "--radio",
    type=RadioType(),
    default="host",
    show_default=True,
    help="host: this machine's Bluetooth adapter; sim: virtual sensors on a virtual radio; "
    "tcp:HOST:PORT: the virtual air of `sim-sensors`.",
)

port_option: Callable[[Any], Any] = click.option(
    "--port", type=click.IntRange(0, 65_535), default=8050, show_default=True, help="0: a free one."
)
browser_option: Callable[[Any], Any] = click.option(
    "--browser/--no-browser", default=True, help="Open the page in a browser.", show_default=True
)
seed_option: Callable[[Any], Any] = click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Of the virtual runner, with --radio sim.",
)

format_option: Callable[[Any], Any] = click.option(
    "--format",
    "file_format",
    type=click.Choice(IMPORT_FORMATS),
    default="auto",
    show_default=True,
    help="What foreign files are; auto looks at their content.",
)
sensor_map_option: Callable[[Any], Any] = click.option(
    "--sensor-map",
    type=click.Path(path_type=Path),
    help="JSON or OpenSim XML file that says which sensor of an export was worn where.",
)
rate_option: Callable[[Any], Any] = click.option(
    "--rate",
    "rate_hz",
    type=click.FloatRange(10.0, 1700.0),
    help="Sampling rate in Hz, for exports that do not tell theirs.",
)

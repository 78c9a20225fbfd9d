"""How left and right look and are called, the same on every page.

Colour, line style and marker shape differ together, so that none is needed alone. The colours
are blue and vermillion of the palette of Okabe and Ito (2008), made for colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.stride import SIDES, Side


@dataclass(frozen=True, slots=True)
class SideStyle:
    """Look of one side.

    Attributes:
        label: word for people.
        colour: hexadecimal colour of lines and markers.
        fill: the same, as a CSS colour with low opacity, for bands.
        dash: line style in charts.
        symbol: mark in charts.
    """

    label: str
    colour: str
    fill: str
    dash: str
    symbol: str


SIDE_STYLES: Mapping[Side, SideStyle] = {
    "left": SideStyle("Left", "#1f7ab8", "rgba(31, 122, 184, 0.18)", "solid", "circle"),
    "right": SideStyle("Right", "#d55e00", "rgba(213, 94, 0, 0.18)", "dash", "triangle-up"),
}

__all__ = ["SIDES", "SIDE_STYLES", "Side", "SideStyle"]

"""Raw signals of one sensor, thinned to what a screen can show."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.figures.chart import Chart
from dashboard.figures.graph import base_figure
from dashboard.language import tr
from pipeline.signal_file import CHANNELS, SignalFile
from sensors.placement import Placement

BINS = 900
"""Parts of the shown stretch; each gives its lowest and highest value."""
QUANTITIES = {"acc": "Specific force (m/s²)", "gyr": "Angular rate (°/s)"}
_COLOURS = (("#1f7ab8", "solid"), ("#d55e00", "solid"), ("#6b4fa0", "solid"))


def channels_of(quantity: str) -> list[int]:
    """Indices of a quantity's three channels."""
    return [n for n, name in enumerate(CHANNELS) if name.startswith(quantity)]


def stretch(
    signals: SignalFile, placement: Placement, quantity: str, start_s: float, end_s: float
) -> list[tuple[Any, Any]]:
    """Times in minutes and values of the three channels over a stretch.

    Args:
        signals: samples of the session.
        placement: the sensor.
        quantity: key of ``QUANTITIES``.
        start_s: beginning, session time.
        end_s: end.
    """
    found = []
    for channel in channels_of(quantity):
        envelope = signals.envelope(placement, channel, start_s, end_s, BINS)
        found.append(
            (
                np.round(envelope.time_s / 60, 6).astype(np.float64),
                np.round(envelope.value, 2).astype(np.float32),
            )
        )
    return found


def raw_signal_figure(
    signals: SignalFile, placement: Placement, quantity: str, marks: list[tuple[float, str]]
) -> Chart:
    """The whole session; zooming asks for the stretch.

    Args:
        signals: samples of the session.
        placement: the sensor.
        quantity: key of ``QUANTITIES``.
        marks: session times in seconds with words.
    """
    figure = base_figure(tr("Time (min)"), tr(QUANTITIES[quantity]))
    for number, (time, value) in enumerate(stretch(signals, placement, quantity, 0, signals.end_s)):
        colour, dash = _COLOURS[number]
        figure.add_line(
            x=time,
            y=value,
            mode="lines",
            name="xyz"[number],
            line={"color": colour, "width": 1, "dash": dash},
            hoverinfo="skip",
        )
    for time_s, _ in marks[:100]:
        figure.add_upright(time_s / 60)
    figure.update_layout(height=280, hovermode=False, dragmode="zoom")
    figure.update_x(range=[0, max(signals.end_s, 1.0) / 60])
    return figure

"""A running session in the terminal: sensors, last strides, what to do next."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from levelstride.plain_text import one_line
from pipeline.live_source import LiveSnapshot
from pipeline.stride import SIDES, Stride
from sensors.sensor_status import SensorStatus


def live_table(snapshot: LiveSnapshot, last: dict[str, Stride]) -> Group:
    """Draw a snapshot.

    Args:
        snapshot: the state now.
        last: newest valid stride of each side.
    """
    head = Text(f"{clock(snapshot.elapsed_s)}  {one_line(snapshot.message)}")
    said = [Text(f"Check: {one_line(text)}.", style="bold") for text in snapshot.warnings]
    return Group(head, sensor_table(snapshot.sensors), *said, stride_table(snapshot, last))


def sensor_table(sensors: tuple[SensorStatus, ...]) -> Table:
    """One row per sensor."""
    table = Table(box=None, pad_edge=False)
    table.add_column("sensor")
    table.add_column("state")
    for name in ("rate Hz", "samples", "lost", "late", "clipped", "time ± ms", "battery %"):
        table.add_column(name, justify="right")
    table.add_column("")
    for s in sensors:
        table.add_row(
            s.placement.label if s.placement else one_line(s.name),
            s.state.value,
            f"{s.rate_hz:.0f}",
            str(s.samples),
            str(s.lost_samples),
            str(s.late_samples),
            str(s.clipped_samples),
            "" if s.time_uncertainty_s is None else f"{s.time_uncertainty_s * 1e3:.0f}",
            "" if s.battery_percent is None else str(s.battery_percent),
            Text(one_line(s.message or _reading(s))),
        )
    return table


def _reading(status: SensorStatus) -> str:
    """The last reading of a side channel, and the temperature of a sensor, as far as known."""
    parts = [] if status.reading is None else [status.reading.in_words()]
    if status.temperature_c is not None:
        parts.append(f"{status.temperature_c:.0f} °C")
    return ", ".join(parts)


def stride_table(snapshot: LiveSnapshot, last: dict[str, Stride]) -> Table:
    """The newest stride of each side."""
    table = Table(box=None, pad_edge=False)
    table.add_column(f"strides {snapshot.stride_total}")
    for name in ("pelvic drop °", "tibial rotation °", "contact s", "cadence /min"):
        table.add_column(name, justify="right")
    for side in SIDES:
        stride = last.get(side)
        metrics = stride.metrics if stride else {}
        cells = [
            _number(metrics.get("cpd_peak_deg"), 1),
            _number(metrics.get("tir_exc_deg"), 1),
            _number(metrics.get("contact_time_s"), 3),
            _number(metrics.get("cadence_spm"), 0),
        ]
        table.add_row(side, *cells)
    return table


def clock(seconds: float) -> str:
    """``1:02:03``, or ``2:03`` below an hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"

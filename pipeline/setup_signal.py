"""What is wrong with the signals of the sensors right now, and what to do about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus

LOW_BATTERY_PERCENT = 20
WINDOW_S = 20.0
"""Losses and clipping are counted over the last seconds."""
LOSS_SHARE = 0.02
SILENT_S = 3.0

FindingCode = Literal[
    "missing",
    "reconnecting",
    "unused",
    "battery_low",
    "loss",
    "silent",
    "clipping",
    "slip",
    "worn",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a sensor that the user should know.

    Attributes:
        code: what.
        sensor: which, in words.
        what: the fact.
        remedy: what to do next.
        stops: whether numbers are missing while it lasts.
    """

    code: FindingCode
    sensor: str
    what: str
    remedy: str
    stops: bool


class _Adder:
    """Adds findings about one sensor."""

    def __init__(self, found: list[Finding], sensor: str) -> None:
        self._found = found
        self._sensor = sensor

    def __call__(self, code: FindingCode, what: str, remedy: str, *, stops: bool = False) -> None:
        self._found.append(Finding(code, self._sensor, what, remedy, stops))


class SignalWatch:
    """Follows the counters of the sensors, to tell what happens now from what happened before."""

    def __init__(self) -> None:
        self._history: dict[str, deque[tuple[float, int, int, int]]] = {}

    def push(self, statuses: Sequence[SensorStatus], now_s: float) -> list[Finding]:
        """Take in the state of all sensors; return what is wrong, worst first.

        Args:
            statuses: the sensors.
            now_s: monotonic seconds.
        """
        findings = [found for s in statuses for found in self._of(s, now_s)]
        return sorted(findings, key=lambda found: not found.stops)

    def _of(self, status: SensorStatus, now_s: float) -> list[Finding]:
        found: list[Finding] = []
        add = _Adder(
            found, status.placement.label if status.placement else status.name or status.sensor_id
        )

        match status.state:
            case SensorState.SEARCHING:
                add(
                    "missing",
                    "not found",
                    "Switch it on and bring it near; it is looked for again every 20 seconds.",
                    stops=True,
                )
            case SensorState.RECOVERING | SensorState.LOST:
                add(
                    "reconnecting",
                    "the link is gone and is being made again",
                    "Come nearer to the computer, check that the sensor is on.",
                    stops=True,
                )
            case SensorState.UNUSED:
                add(
                    "unused",
                    "has no place on the body, or the place is taken",
                    "Give it a place in the set-up, or switch it off.",
                )
            case _:
                pass
        battery = status.battery_percent
        if battery is not None and battery <= LOW_BATTERY_PERCENT:
            add("battery_low", f"battery at {battery} %", "Charge it before the next session.")
        if status.state is SensorState.STREAMING:
            self._streaming(status, now_s, add)
        return found

    def _streaming(self, status: SensorStatus, now_s: float, add: _Adder) -> None:
        history = self._history.setdefault(status.sensor_id, deque())
        if history and history[-1][1] > status.samples:
            history.clear()  # another session
        history.append((now_s, status.samples, status.lost_samples, status.clipped_samples))
        while now_s - history[0][0] > WINDOW_S:
            history.popleft()
        began_s, samples, lost, clipped = history[0]
        came, gone = status.samples - samples, status.lost_samples - lost
        if came == 0 and now_s - began_s > SILENT_S and status.rate_hz < 1.0:
            add("silent", "connected, but sends nothing", "Switch it off and on.", stops=True)
        elif gone > LOSS_SHARE * (came + gone) and came + gone > 200:
            add(
                "loss",
                f"{100.0 * gone / (came + gone):.0f} % of its samples were lost just now",
                "Wear or place the computer nearer, with no body in between.",
            )
        if status.clipped_samples > clipped:
            add(
                "clipping",
                "movements go beyond its range",
                "Strides concerned are marked. For hard impacts use a sensor with ± 16 g or more.",
            )


def slip_findings(slips_deg: Mapping[Placement, float]) -> list[Finding]:
    """Findings for sensors that seem to have slipped."""
    return [
        Finding(
            "slip",
            placement.label,
            f"may have slipped: it sits {angle:.0f}° from where it sat",
            "Stop, fasten it, and start a new session with standing and squats.",
            stops=False,
        )
        for placement, angle in slips_deg.items()
    ]


def worn_findings(warnings: Sequence[str]) -> list[Finding]:
    """Findings for sensors that seem to be exchanged, or whose times do not agree."""
    return [
        Finding(
            "worn",
            "Sensors",
            text,
            "Compare what each sensor is named with where it is worn; correct it in the set-up.",
            stops=False,
        )
        for text in warnings
    ]

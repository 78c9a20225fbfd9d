"""What went wrong, when and with whom: the fault timeline of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.imu.slip import SLIP_STEP_DEG, STEP_S
from firmware_sim.radio.schedule import schedule_of

if TYPE_CHECKING:
    import pandas as pd

    from firmware_sim.imu.faults import FaultSettings
    from firmware_sim.imu.sensor import CountBlock, OnBlock

COLUMNS = ("start_s", "end_s", "sensor_id", "placement", "fault", "detail")


class FaultLog:
    """Collects faults as they are injected; one row for each stretch of the same fault.

    Memory grows with the number of faults, not with the length of the session.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, str, str, str, str]] = []
        self._open: dict[tuple[str, str], tuple[float, float, str, int]] = {}
        self._details: dict[tuple[str, str], str] = {}

    def add(
        self, start_s: float, end_s: float, sensor_id: str, placement: str, fault: str, detail: str
    ) -> None:
        """Note one fault, [start_s, end_s) of session time."""
        self._rows.append((start_s, end_s, sensor_id, placement, fault, detail))

    def extend(
        self,
        start_s: float,
        end_s: float,
        sensor_id: str,
        placement: str,
        fault: str,
        gap_s: float,
        detail: Callable[[int], str],
    ) -> None:
        """Note one more piece of a fault that comes in stretches.

        Args:
            start_s: Beginning of the piece.
            end_s: Its end.
            sensor_id: Whose.
            placement: Where it is worn.
            fault: Name.
            gap_s: Pieces that are no further apart belong to one stretch.
            detail: Text for a stretch of so many pieces.
        """
        key = (sensor_id, fault)
        held = self._open.get(key)
        if held is not None and start_s <= held[1] + gap_s:
            count = held[3] + 1
            self._open[key] = (held[0], max(end_s, held[1]), placement, count)
        else:
            self._close(key)
            count = 1
            self._open[key] = (start_s, end_s, placement, count)
        self._details[key] = detail(count)

    def add_sensor(
        self, sensor_id: str, placement: str, label: str, faults: FaultSettings, seconds: float
    ) -> None:
        """Note what the settings alone tell of a sensor: slips, outages, restarts, a wrong label.

        Args:
            sensor_id: Whose.
            placement: Where it is worn.
            label: Where it says that it is worn.
            faults: The settings.
            seconds: Length of the session, s.
        """
        if faults.slip_creep_deg:
            share = faults.slip_creep_deg * seconds / 1800.0
            detail = f"{share:.2f} deg about {faults.slip_axis} over the session"
            self.add(0.0, seconds, sensor_id, placement, "slip_creep", detail)
        for step in faults.slip_step:
            if step.strikes(placement):
                detail = f"{step.size or SLIP_STEP_DEG:g} deg about {faults.slip_axis}"
                at_s = step.at_s
                self.add(at_s, at_s + STEP_S, sensor_id, placement, "slip_step", detail)
        schedule = schedule_of(faults, placement)
        for start_s, end_s in schedule.outages_s:
            given_up = end_s - start_s >= faults.supervision_s
            detail = f"link {'given up' if given_up else 'kept'}, {end_s - start_s:g} s"
            self.add(start_s, end_s, sensor_id, placement, "out_of_range", detail)
        for start_s, end_s in schedule.reboots_s:
            detail = f"off for {end_s - start_s:g} s"
            self.add(start_s, end_s, sensor_id, placement, "reboot", detail)
        if schedule.death_s is not None:
            at_s = schedule.death_s
            self.add(at_s, max(at_s, seconds), sensor_id, placement, "battery_death", "silent")
        if label != placement:
            self.add(0.0, seconds, sensor_id, placement, "swapped_labels", f"says {label}")

    def watch_clipping(self, sensor_id: str, placement: str) -> OnBlock:
        """What notes the saturated samples of a sensor's blocks."""

        def on_block(block: CountBlock, sample_hz: float) -> None:
            for fault, clipped in (("acc_clip", block.acc_clip), ("gyro_clip", block.gyr_clip)):
                for k in (block.first + np.flatnonzero(clipped)).tolist():
                    self.extend(
                        k / sample_hz,
                        (k + 1) / sample_hz,
                        sensor_id,
                        placement,
                        fault,
                        0.05,
                        lambda n: f"{n} sample{'s' * (n > 1)}",
                    )

        return on_block

    def _close(self, key: tuple[str, str]) -> None:
        held = self._open.pop(key, None)
        if held is not None:
            start_s, end_s, placement, _ = held
            self.add(start_s, end_s, key[0], placement, key[1], self._details.pop(key))

    def frame(self, end_s: float = float("inf")) -> pd.DataFrame:
        """All faults so far that begin before ``end_s``, in order of time.

        Returns:
            Columns ``start_s, end_s, sensor_id, placement, fault, detail``; times in session seconds.
        """
        for key in list(self._open):
            self._close(key)
        rows = sorted(r for r in self._rows if r[0] < end_s)
        import pandas as pd  # slow to import, and only tables need it

        return pd.DataFrame(rows, columns=list(COLUMNS))

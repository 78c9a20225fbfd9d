"""A simulated session: a runner, a script, three sensors and the truth, all from one seed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

import numpy as np
import pandas as pd

from firmware_sim.body.model import Body
from firmware_sim.body.runner import draw_runner
from firmware_sim.body.script import Script, default_script
from firmware_sim.errors import SimulationError
from firmware_sim.imu.faults import FAULTS, FaultLevel
from firmware_sim.radio import LossModel
from firmware_sim.rng import Purpose, stream
from firmware_sim.sensor import SimSensor, draw_sensors
from firmware_sim.truth import TruthTable, stride_events

MODEL_VERSION = 1
"""Counts up when the same seed gives other bytes."""


class SimulatedSession:
    """Everything about one simulated session. Equal arguments give equal packets and equal truth.

    Session time is in seconds from the moment the runner's script starts; it is the zero of packet
    arrival times and of all truth times.

    Args:
        seconds: Length for the fast path and for truth, s (20 or more). Sessions under 90 s have a
            short preparation; a live session goes on with the last activity beyond this.
        seed: Seed of every draw, >= 0.
        speed_m_s: Speed of ``gait`` in m/s, drawn from the seed if None.
        gait: What fills the session after standing, squats (and, for ``run``, some walking).
        faults: ``none``: a good sensor, no soft tissue, no loss. ``field``: everyday errors. ``harsh``:
            twice that, and dropouts and clipping.
        quick: Short preparation for any length.
        script: Own script instead of the default one.

    Raises:
        SimulationError: An argument outside what the model covers; the sentence says what to change.

    Attributes:
        sensors: Pelvis, left shank, right shank.
        runner: The person.
        script: What the person does.
    """

    def __init__(
        self,
        seconds: float,
        seed: int = 0,
        speed_m_s: float | None = None,
        gait: Literal["run", "walk"] = "run",
        faults: FaultLevel = "none",
        quick: bool = False,
        *,
        script: Script | None = None,
    ) -> None:
        if gait not in ("run", "walk"):
            raise SimulationError("gait", gait, f"Gait {gait!r} is not known; use 'run' or 'walk'.")
        if faults not in FAULTS:
            raise SimulationError(
                "faults", faults, f"Fault level {faults!r} is not known; use {', '.join(FAULTS)}."
            )
        if seed < 0:
            raise SimulationError("seed", seed, f"Seed {seed} is negative; use 0 or more.")
        self.seconds = float(seconds)
        self.seed = int(seed)
        self.gait: Literal["run", "walk"] = gait
        self.faults: FaultLevel = faults
        self.fault_settings = FAULTS[faults]
        default = default_script(self.seconds, gait, quick)
        self.script = default if script is None else script
        self.runner = draw_runner(self.seed, speed_m_s, gait)
        rng = stream(self.seed, Purpose.SCRIPT, 1)
        sizes = np.asarray(self.fault_settings.squat_error_deg) * rng.standard_normal(2)
        self._squat_error_deg = (float(sizes[0]), float(sizes[1]))
        self.sensors: tuple[SimSensor, ...] = draw_sensors(
            self.seed, self.runner, self.script, self.fault_settings, self._squat_error_deg
        )

    def body(self) -> Body:
        """A fresh body, at the beginning of the session."""
        return Body(
            self.seed,
            self.runner,
            self.script,
            self._squat_error_deg,
            self.fault_settings.impact_gain,
        )

    def loss(self, sensor: SimSensor) -> LossModel:
        """A fresh loss model of one sensor."""
        return LossModel(self.seed, sensor.index, self.fault_settings)

    def truth_strides(self) -> pd.DataFrame:
        """One row per stride and side, bone truth, from analytic angles at 1 kHz.

        Returns:
            The columns of the stride table (see ``firmware_sim.truth``), in order of foot strike. Strides
            that touch a change of gait have ``valid`` False and the flag ``transition``. Flight time is
            empty (NaN) in walking.
        """
        levers = {s.placement: s.mounting.lever_m for s in self.sensors}
        table = TruthTable(
            self.body(),
            (levers["shank_right"], levers["shank_left"]),
        )
        return table.strides(self.seconds)

    def truth_events(self) -> pd.DataFrame:
        """Foot strikes and toe offs of the strides of ``truth_strides`` and the strikes that end them.

        Returns:
            Columns ``time_s``, ``side`` (left, right), ``event`` (foot_strike, toe_off), ``gait``
            (run, walk), in order of time.
        """
        rows: set[tuple[float, str, str]] = set()
        gaits: dict[tuple[float, str, str], str] = {}
        for batch in stride_events(self.body(), self.seconds):
            for s in batch:
                side = ("right", "left")[s.leg]
                for time_s, event in (
                    (s.next_foot_strike_s, "foot_strike"),
                    (s.foot_strike_s, "foot_strike"),
                    (s.toe_off_s, "toe_off"),
                ):
                    key = (time_s, side, event)
                    rows.add(key)
                    if time_s != s.next_foot_strike_s or key not in gaits:
                        gaits[key] = s.gait
        ordered = sorted(rows)
        return pd.DataFrame(
            [(*key, gaits[key]) for key in ordered], columns=["time_s", "side", "event", "gait"]
        )

    def meta(self) -> dict[str, object]:
        """Everything that was drawn, as plain values for a JSON file."""
        return {
            "simulator_version": MODEL_VERSION,
            "seed": self.seed,
            "seconds": self.seconds,
            "gait": self.gait,
            "faults": self.faults,
            "fault_settings": asdict(self.fault_settings),
            "runner": asdict(self.runner),
            "script": self.script.as_rows(),
            "squat_error_deg": list(self._squat_error_deg),
            "conventions": {
                "ground_frame": "x forward, y up, z right",
                "segment_axes": "ISB: x anterior, y proximal, z right",
                "pairs": "(right, left)",
                "truth": "bone",
            },
            "sensors": [
                {
                    "sensor_id": s.sensor_id,
                    "placement": s.placement,
                    "name": s.name,
                    "address": s.address,
                    "part": s.part.name,
                    "R_sensor_to_segment": s.mounting.rotation.tolist(),
                    "lever_m": list(s.mounting.lever_m),
                    "lever_from": "pelvis centre" if s.placement == "pelvis" else "ankle centre",
                    "gyro_bias_dps": s.errors.gyro_bias_dps.tolist(),
                    "gyro_thermal_dps": s.errors.gyro_thermal_dps.tolist(),
                    "acc_bias_m_s2": s.errors.acc_bias_m_s2.tolist(),
                    "gyro_matrix": s.errors.gyro_matrix.tolist(),
                    "acc_matrix": s.errors.acc_matrix.tolist(),
                    "sample_hz": s.errors.sample_hz,
                    "clock_ppm": s.errors.clock_ppm,
                    "clock_start_us": s.errors.clock_start_us,
                    "start_delay_s": s.start_delay_s,
                }
                for s in self.sensors
            ],
        }

"""A simulated session: a runner, a script, three sensors and the truth, all from one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from firmware_sim.air import air_packets
from firmware_sim.body.model import Body
from firmware_sim.body.runner import Runner, draw_runner
from firmware_sim.body.script import Script, default_script
from firmware_sim.errors import SimulationError
from firmware_sim.fault_log import FaultLog
from firmware_sim.imu.faults import FaultLevel, FaultValue, faults_with
from firmware_sim.imu.mounting import Placement
from firmware_sim.imu.soft_tissue import SoftTissue
from firmware_sim.rng import Purpose, stream
from firmware_sim.scenarios import Scenario, scenario
from firmware_sim.sensor import SimSensor, draw_sensors
from firmware_sim.truth.angles import Links
from firmware_sim.truth.events import stride_events
from firmware_sim.truth.repetitions import repetition_table
from firmware_sim.truth.samples import WornSensor, sample_blocks
from firmware_sim.truth.strides import TruthTable

if TYPE_CHECKING:
    import pandas as pd

MODEL_VERSION = 2
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
        runner_changes: Attributes of the runner to set instead of the drawn ones.
        fault_overrides: Single faults to set otherwise than the level does, by the names of
            ``FaultSettings``; see ``firmware_sim.imu.faults.faults_with``.
        part: Name of the sensor part, drawn from the seed if None; see ``firmware_sim.imu.parts``.

    Raises:
        SimulationError: An argument outside what the model covers; the sentence says what to change.

    Attributes:
        sensors: Pelvis, left shank, right shank.
        runner: The person.
        script: What the person does.
        scenario: Name of the scenario it was made from, if any.
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
        runner_changes: Mapping[str, Any] | None = None,
        fault_overrides: Mapping[str, FaultValue] | None = None,
        part: str | None = None,
    ) -> None:
        if gait not in ("run", "walk"):
            raise SimulationError("gait", gait, f"Gait {gait!r} is not known; use 'run' or 'walk'.")
        if seed < 0:
            raise SimulationError("seed", seed, f"Seed {seed} is negative; use 0 or more.")
        self.scenario: str | None = None
        self.seconds = float(seconds)
        self.seed = int(seed)
        self.gait: Literal["run", "walk"] = gait
        self.faults: FaultLevel = faults
        self.fault_settings = faults_with(faults, fault_overrides or {})
        default = default_script(self.seconds, gait, quick)
        self.script = default if script is None else script
        self.runner = _changed(draw_runner(self.seed, speed_m_s, gait), runner_changes or {})
        rng = stream(self.seed, Purpose.SCRIPT, 1)
        sizes = np.asarray(self.fault_settings.squat_error_deg) * rng.standard_normal(2)
        self._squat_error_deg = (float(sizes[0]), float(sizes[1]))
        self.sensors: tuple[SimSensor, ...] = draw_sensors(
            self.seed, self.runner, self.script, self.fault_settings, self._squat_error_deg, part
        )

    @classmethod
    def from_scenario(
        cls, name: str | Scenario, seed: int = 0, seconds: float | None = None
    ) -> SimulatedSession:
        """Make the session of a scenario.

        Args:
            name: A name out of ``firmware_sim.scenarios.scenario_names()``, or a scenario of your own.
            seed: Seed of every draw.
            seconds: Length instead of the scenario's, s; beyond its script the last activity goes on.

        Raises:
            SimulationError: There is no such scenario, or it cannot be simulated like this.
        """
        s = scenario(name) if isinstance(name, str) else name
        session = cls(
            s.seconds if seconds is None else seconds,
            seed,
            s.speed_m_s,
            s.gait,
            s.faults,
            script=s.script,
            runner_changes=s.runner,
            fault_overrides=s.overrides,
        )
        session.scenario = s.name
        return session

    def body(self) -> Body:
        """A fresh body, at the beginning of the session."""
        return Body(
            self.seed,
            self.runner,
            self.script,
            self._squat_error_deg,
            self.fault_settings.impact_gain,
        )

    @property
    def truth_end_s(self) -> float:
        """Truth lists what ends before the last sample that every sensor delivers, s of session time."""
        return min(
            self.seconds - (s.config.samples_per_packet + 1) / s.errors.sample_hz
            for s in self.sensors
        )

    def _links(self, placement: Placement) -> Links:
        """Turn of a sensor against its bone."""
        return SoftTissue(self.seed, placement, self.fault_settings).links

    def truth_strides(self) -> pd.DataFrame:
        """One row per stride and side from analytic angles at 1 kHz: the bone's, and the sensor's.

        Returns:
            The columns of the stride table (see ``firmware_sim.truth.strides``), in order of foot strike,
            then those of sensor truth (``cpd_peak_sensor_deg`` ...). Strides that touch a change, or begin
            or end a bout, have ``valid`` False and the flag ``transition``; ``turning`` marks more than
            3 deg/s of heading; stairs, turns on the spot and sharp turns (20 deg/s) are not valid. Flight
            time is empty (NaN) in walking. Strides that end after the last sample are left out.
        """
        levers = {s.placement: s.mounting.lever_m for s in self.sensors}
        table = TruthTable(
            self.body(),
            (levers["shank_right"], levers["shank_left"]),
            (self._links("pelvis"), self._links("shank_right"), self._links("shank_left")),
        )
        return table.strides(self.truth_end_s)

    def truth_repetitions(self) -> pd.DataFrame:
        """One row per single-leg squat and step-down; see ``firmware_sim.truth.repetitions``."""
        return repetition_table(self.body(), self.truth_end_s)

    def truth_samples(self) -> Iterator[pd.DataFrame]:
        """Angles of bone and sensor and the sensor's orientation at its own sample instants.

        Yields:
            Blocks of one sensor each, about in order of time; memory does not grow with length. Columns
            ``time_s, placement``; ``sagittal_deg, frontal_deg, axial_deg`` of the bone relative to the
            path (pelvis: tilt, obliquity, rotation) and the same with ``_sensor``; ``heading_deg`` of the
            path; ``q_w .. q_z`` from sensor axes to earth (x forward at the start, y left, z up).
        """
        worn = [
            WornSensor(
                placement=s.placement,
                body=self.body(),
                links=self._links(s.placement),
                rotation=s.mounting.rotation,
                first=int(np.ceil(s.start_delay_s * s.errors.sample_hz - 1e-9)),
                sample_hz=s.errors.sample_hz,
            )
            for s in self.sensors
        ]
        return sample_blocks(worn, self.seconds)

    def truth_events(self) -> pd.DataFrame:
        """Foot strikes and toe offs of the strides of ``truth_strides`` and the strikes that end them.

        Returns:
            Columns ``time_s``, ``side`` (left, right), ``event`` (foot_strike, toe_off), ``gait``
            (run, walk), in order of time.
        """
        rows: set[tuple[float, str, str]] = set()
        gaits: dict[tuple[float, str, str], str] = {}
        for batch in stride_events(self.body(), self.truth_end_s):
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
        import pandas as pd  # slow to import, and only tables need it

        return pd.DataFrame(
            [(*key, gaits[key]) for key in ordered], columns=["time_s", "side", "event", "gait"]
        )

    def fault_timeline(self) -> pd.DataFrame:
        """Everything that goes wrong with the packets of ``air_packets(session)``, by making them.

        Who makes them anyway gets the same from ``air_packets(session, log=...)``. Memory grows with the
        number of faults only.

        Returns:
            Columns ``start_s, end_s, sensor_id, placement, fault, detail``, one row for each loss burst,
            silence, overflow, stall, duplicate, swap, outage, restart, flat battery, clipped stretch and
            slip, in order of time.
        """
        log = FaultLog()
        for _ in air_packets(self, log=log):
            pass
        return log.frame(self.seconds)

    def meta(self) -> dict[str, object]:
        """Everything that was drawn, as plain values for a JSON file."""
        return {
            "simulator_version": MODEL_VERSION,
            "seed": self.seed,
            "scenario": self.scenario,
            "seconds": self.seconds,
            "gait": self.gait,
            "faults": self.faults,
            "fault_settings": asdict(self.fault_settings),
            "runner": asdict(self.runner),
            "script": self.script.as_rows(),
            "wander": self.script.wander,
            "squat_error_deg": list(self._squat_error_deg),
            "conventions": {
                "ground_frame": "x forward, y up, z right",
                "segment_axes": "ISB: x anterior, y proximal, z right",
                "pairs": "(right, left)",
                "truth": "bone; columns with _sensor: the frame carried by the sensor",
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


def _changed(runner: Runner, changes: Mapping[str, Any]) -> Runner:
    known = {f.name for f in fields(Runner)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise SimulationError(
            "runner_changes",
            unknown,
            f"A runner has no {', '.join(unknown)}; use {', '.join(sorted(known))}.",
        )
    return replace(runner, **changes)

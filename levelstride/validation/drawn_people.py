"""Sessions of simulated people as recordings, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultLevel
from levelstride.simulated_recording import SIMULATED, write_recording
from levelstride.validation.suite import SuiteOrder
from pipeline.stride import Gait
from sensors.session_info import SessionInfo

FIRST_SEED = 9000
"""Acceptance seeds are this one and those after it."""


def drawn_people(
    order: SuiteOrder,
    level: FaultLevel,
    gait: Gait,
    script: Script | None = None,
    first_seed: int = FIRST_SEED,
) -> Iterator[tuple[str, SimulatedSession, Path]]:
    """Who, session and recording of each drawn person; a recording is gone with the next one.

    Args:
        order: says how many people, and how long their sessions are.
        level: of faults.
        gait: what fills the session.
        script: what they do instead.
        first_seed: of the first person.
    """
    with TemporaryDirectory(prefix="levelstride-validate-") as scratch:
        for seed in range(first_seed, first_seed + order.seeds):
            path = Path(scratch) / "session.mcap"
            session = SimulatedSession(order.seconds, seed, gait=gait, faults=level, script=script)
            write_recording(session, path, SessionInfo(source=SIMULATED))
            yield f"seed {seed}", session, path

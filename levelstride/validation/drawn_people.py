"""Sessions of simulated people as recordings, one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultLevel, FaultValue
from levelstride.simulated_recording import SIMULATED, write_recording
from levelstride.validation.suite import SuiteOrder
from pipeline.stride import Gait
from sensors.session_info import SessionInfo

FIRST_SEED = 9000
"""Acceptance seeds are this one and those after it."""
PREPARATION: tuple[dict[str, str | float], ...] = (
    {"activity": "stand", "seconds": 8},
    {"activity": "squats", "seconds": 10, "repetitions": 4},
    {"activity": "stand", "seconds": 2},
    {"activity": "walk", "seconds": 15},
)
"""What people do before they run, in suites with a script of their own."""


Person = tuple[str, SimulatedSession, Path]
"""Who, session and recording."""


def drawn_people(
    order: SuiteOrder,
    level: FaultLevel,
    gait: Gait,
    script: Script | None = None,
    first_seed: int = FIRST_SEED,
    overrides: Mapping[str, FaultValue] | None = None,
) -> Iterator[Person]:
    """Who, session and recording of each drawn person; a recording is gone with the next one.

    Args:
        order: says how many people, and how long their sessions are.
        level: of faults.
        gait: what fills the session.
        script: what they do instead.
        first_seed: of the first person.
        overrides: single faults set otherwise than the level does.
    """
    return recorded(
        (
            f"seed {seed}",
            SimulatedSession(
                order.seconds,
                seed,
                gait=gait,
                faults=level,
                script=script,
                fault_overrides=overrides,
            ),
        )
        for seed in range(first_seed, first_seed + order.seeds)
    )


def recorded(sessions: Iterable[tuple[str, SimulatedSession]]) -> Iterator[Person]:
    """The same with the recording of each session, which is gone with the next one."""
    with TemporaryDirectory(prefix="levelstride-validate-") as scratch:
        for who, session in sessions:
            path = Path(scratch) / "session.mcap"
            write_recording(session, path, SessionInfo(source=SIMULATED))
            yield who, session, path

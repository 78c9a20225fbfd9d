"""A virtual runner's session as a file: the same arguments give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

from firmware_sim import SimulatedSession
from firmware_sim.fault_log import FaultLog
from levelstride import __version__
from levelstride.simulated_devices import write_device_recording
from levelstride.simulated_recording import SIMULATED, is_simulated, write_recording
from levelstride.virtual_runner import VirtualRunner
from sensors.session_info import SessionInfo

START_UTC = datetime(2000, 1, 1, tzinfo=UTC)
"""A simulated session has no date; a fixed one makes the same seed give the same file."""
NAMESPACE = UUID("3b0f8a0e-5d5c-4a4e-9d2b-0c8f6f0f7a11")


@dataclass(frozen=True, slots=True)
class SimulatedFile:
    """What was simulated.

    Attributes:
        session: the session, which knows its truth.
        log: faults that happened.
        packets: number of packets written.
    """

    session: SimulatedSession
    log: FaultLog
    packets: int


def write_simulated_file(
    wanted: VirtualRunner,
    out: Path,
    *,
    seconds: float | None = None,
    speed_m_s: float | None = None,
    gait: Literal["run", "walk"] = "run",
    runner: str = "virtual runner",
    progress: Callable[[float], None] | None = None,
) -> SimulatedFile:
    """Simulate a session and record its sensors.

    Args:
        wanted: who runs, and what goes wrong.
        out: recording to write; a simulated one in its place is replaced.
        seconds: length; None takes the scenario's, or 180.
        speed_m_s: speed; None draws it.
        gait: what fills the session.
        runner: name in the recording.
        progress: told the share that is done.

    Raises:
        SimulationError: it cannot be simulated like this.
        RecordingError: the file cannot be written.
        OutputError: there is a file that is not a simulated recording.
    """
    session = wanted.session(seconds, speed_m_s=speed_m_s, gait=gait)
    is_simulated(out)
    arguments = f"{session.seconds} {speed_m_s} {gait} {runner} {wanted}"
    info = SessionInfo(
        session_uuid=str(uuid5(NAMESPACE, arguments)),
        started_utc=START_UTC,
        software=f"levelstride {__version__}",
        runner=runner,
        source=SIMULATED,
        conditions={
            "gait": session.gait,
            "faults": session.faults,
            "seed": str(wanted.seed),
            **({"scenario": wanted.scenario} if wanted.scenario else {}),
        },
    )
    log = FaultLog()
    if wanted.plain:
        packets = write_recording(session, out, info, progress, log)
    else:
        packets, log = write_device_recording(
            session, out, info, wanted.devices, progress or (lambda _share: None)
        )
    return SimulatedFile(session, log, packets)

"""A few example sessions of virtual runners, so that the review pages have something to show.

They are made in a process of their own, so that the live demo keeps its pace, and only once:
a session that the library has already is not made again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

from firmware_sim import SimulatedSession
from levelstride import __version__
from levelstride.simulated_recording import SIMULATED, write_recording
from pipeline.analyse_file import analyse_recording
from pipeline.store import Store, StorePlace
from sensors.session_info import SessionInfo

NAMESPACE = UUID("6c1fd7b2-61a5-4f0e-8b40-1f0c0f3a9d55")
RUNNER = "Example runner"


@dataclass(frozen=True, slots=True)
class Example:
    """One example session.

    Attributes:
        seed: of the simulated runner; the same person in all.
        speed_m_s: running speed.
        minutes: length.
        started_utc: date shown.
        surface: condition shown.
    """

    speed_m_s: float
    minutes: float
    started_utc: datetime
    surface: str

    @property
    def session_id(self) -> str:
        """The same id on every machine."""
        return str(uuid5(NAMESPACE, f"{self.speed_m_s} {self.minutes} {self.started_utc}"))


EXAMPLES = (
    Example(2.6, 4.0, datetime(2026, 3, 2, 17, 30, tzinfo=UTC), "treadmill"),
    Example(3.0, 4.0, datetime(2026, 3, 9, 17, 30, tzinfo=UTC), "treadmill"),
    Example(3.4, 4.0, datetime(2026, 3, 16, 17, 30, tzinfo=UTC), "treadmill"),
)
SEED = 5


def make_examples(place: StorePlace | Path | None = None) -> None:
    """Simulate, analyse and store those examples that the library does not have.

    Args:
        place: the library; None takes that of the environment.
    """
    with Store.open(place) as store, tempfile.TemporaryDirectory() as scratch:
        known = {summary.session_id for summary in store.sessions(RUNNER)}
        for example in EXAMPLES:
            if example.session_id in known:
                continue
            path = Path(scratch) / f"{example.session_id}.mcap"
            info = SessionInfo(
                session_uuid=example.session_id,
                started_utc=example.started_utc,
                software=f"levelstride {__version__}",
                runner=RUNNER,
                source=SIMULATED,
                conditions={"surface": example.surface, "speed": f"{example.speed_m_s} m/s"},
            )
            session = SimulatedSession(example.minutes * 60.0, SEED, example.speed_m_s)
            write_recording(session, path, info)
            store.add_session(replace(analyse_recording(path), source=None), path, move=True)


class ExampleMaker:
    """Makes the examples in another process, at low priority.

    Args:
        place: the library.
    """

    def __init__(self, place: StorePlace) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "levelstride.example_library"],
            # not as an argument, which every user of the computer could read
            env={**os.environ, **self._place.environment()},
            stdin=subprocess.DEVNULL,
        )

    def finish(self, *, cancel: bool) -> None:
        """Wait for the end, or give up what is not done; a session is stored whole or not at all."""
        if self._process is None:
            return
        if cancel:
            self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    make_examples()

"""Where live sessions are recorded, and how they enter the library at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from platformdirs import user_data_path

from levelstride import __version__
from pipeline.analyse_file import analyse_recording
from pipeline.session import Session
from pipeline.store import Store
from sensors.session_info import SessionInfo


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What a command says of a session that it stored.

    Attributes:
        session_id: in the library.
        valid: valid strides, left and right.
        problems: what was wrong with its data.
    """

    session_id: str
    valid: tuple[int, int]
    problems: tuple[str, ...]


@dataclass(slots=True)
class LibraryRecorder:
    """Records into the library and stores the analysed session there.

    Attributes:
        store: the library.
        source: ``live`` or ``simulated``, for the recording.
        runner: name used when none is given at the start.
        conditions: of every session.
        learnt: further conditions that are known only at the end of a session.
        last: the session stored last.
        stored: how each session ended, in order.
    """

    store: Store
    source: str = "live"
    runner: str = ""
    conditions: Mapping[str, str] | None = None
    learnt: Callable[[], Mapping[str, str]] | None = None
    last: Session | None = None
    stored: list[EndedSession] = field(default_factory=list)

    def make_session(self, runner: str) -> tuple[SessionInfo, Path]:
        """What is recorded, and the file for it."""
        info = SessionInfo(
            software=f"levelstride {__version__}",
            runner=runner or self.runner,
            source=self.source,
            conditions=dict(self.conditions or {}),
        )
        return info, self.store.recording_path(info.session_uuid)

    def finished(self, path: Path, info: SessionInfo) -> str:
        """Analyse a recording and store it; returns the id."""
        session = analyse_recording(path)
        if self.learnt is not None:
            session = replace(session, conditions={**session.conditions, **self.learnt()})
        self.last = session
        self.store.add_session(self.last, path, move=True)
        valid = len(session.valid_strides("left")), len(session.valid_strides("right"))
        self.stored.append(EndedSession(info.session_uuid, valid, session.problems))
        return info.session_uuid


def file_session(path: Path, runner: str, source: str) -> Callable[[str], tuple[SessionInfo, Path]]:
    """Record one session into one file."""

    def make(_: str) -> tuple[SessionInfo, Path]:
        return SessionInfo(
            software=f"levelstride {__version__}", runner=runner, source=source
        ), path

    return make


def rescue_folder() -> Path:
    """Where a recording goes on when its own disk takes no more; made when it is needed."""
    return user_data_path("levelstride") / "rescued"

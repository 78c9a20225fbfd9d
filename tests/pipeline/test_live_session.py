"""A live session ends in a state that says how it ended, and lets another begin."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bumble.link import LocalLink

from levelstride.live_recording import file_session
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from pipeline.live_session import LiveSession
from sensors.errors import LevelstrideError, SensorNotFound
from sensors.radio import Radio, VirtualRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (SensorNotFound("no sensor answered", remedy="Switch them on"), "Switch them on"),
        (RuntimeError("unforeseen"), "fault of levelstride"),
    ],
)
def test_a_radio_that_fails_is_said_and_leaves_no_empty_recording(
    tmp_path: Path, failure: Exception, words: str
) -> None:
    """Foreseen or not: phase ``failed``, a sentence, no file, and a second start works."""

    @asynccontextmanager
    async def broken() -> AsyncIterator[Radio]:
        raise failure
        yield

    path = tmp_path / "run.mcap"
    session = LiveSession(broken, file_session(path, "", "simulated"))
    for _ in range(2):
        session.start()
        assert session.wait(100.0)
        snapshot = session.snapshot()
        assert snapshot.phase == "failed"
        assert words in snapshot.message
        assert isinstance(session.error, LevelstrideError)
        assert not path.exists()


def test_a_stop_before_there_is_a_radio_is_not_forgotten(tmp_path: Path) -> None:
    """The first thing that the session does with its radio is to end; it does not search."""
    stopped = threading.Event()

    @asynccontextmanager
    async def late() -> AsyncIterator[Radio]:
        await asyncio.to_thread(stopped.wait)
        radio = VirtualRadio(LocalLink())  # type: ignore[no-untyped-call]
        yield radio
        await radio.close()

    session = LiveSession(late, file_session(tmp_path / "run.mcap", "", "simulated"))
    session.start()
    session.stop()
    stopped.set()
    assert session.wait(100.0)
    assert session.error is None
    assert session.snapshot().phase == "stopped"


def test_a_stop_after_the_radio_has_gone_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the recording is closed, which may take a while, there is nothing left to stop."""
    close = RecordingWriter.close

    def stop_and_close(writer: RecordingWriter) -> None:
        session.stop()
        close(writer)

    @asynccontextmanager
    async def empty() -> AsyncIterator[Radio]:
        radio = VirtualRadio(LocalLink())  # type: ignore[no-untyped-call]
        yield radio
        await radio.close()

    session = LiveSession(empty, file_session(tmp_path / "run.mcap", "", "simulated"))
    monkeypatch.setattr(RecordingWriter, "close", stop_and_close)
    session.start()
    session.stop()
    assert session.wait(100.0)
    assert session.snapshot().phase == "stopped"


def test_a_storing_step_that_fails_keeps_the_recording(tmp_path: Path) -> None:
    """The session streams, the step after it breaks: said, and the file is whole."""

    def finished(_path: Path, _info: object) -> str:
        raise RuntimeError("unforeseen")

    path = tmp_path / "run.mcap"
    session = LiveSession(
        radio_source(RadioName("sim")), file_session(path, "", "simulated"), finished, seconds=3.0
    )
    session.start()
    assert session.wait(90.0)
    assert session.snapshot().phase == "failed"
    assert "fault of levelstride" in session.snapshot().message
    with open_recording(path) as recording:
        assert recording.health.complete
        assert sum(1 for _ in recording.notifications()) > 20

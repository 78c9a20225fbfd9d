"""What ``levelstride live`` says at its end."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.live_ending import tell_the_end
from levelstride.live_recording import EndedSession
from sensors.errors import SensorError, SensorNotFound
from tests.dashboard.live_process import URL, command_process, pages_of
from tests.dashboard.requests import ask, post_json

GOOD = EndedSession("0b1e", (12, 11), ())
GAP = EndedSession("77aa", (3, 4), ("left shank: 4.1 s missing",))
LOST = SensorNotFound("no sensor answered within 12 s", remedy="Switch the sensors on")


def test_sessions_their_problems_and_errors_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_the_end([GOOD, GAP], [LOST]) == DOUBTFUL
    assert capsys.readouterr().err.splitlines() == [
        "Stored 12 left and 11 right valid strides as session 0b1e.",
        "Stored 3 left and 4 right valid strides as session 77aa.",
        "Problem: left shank: 4.1 s missing.",
        "A session had an error: no sensor answered within 12 s. Switch the sensors on",
    ]


@pytest.mark.parametrize(
    ("stored", "errors", "code"),
    [
        ([], [], DONE),
        ([GOOD], [], DONE),
        ([GAP], [], DOUBTFUL),
        ([GOOD], [SensorError("gone\nfor good")], DOUBTFUL),
    ],
)
def test_the_exit_code_says_whether_something_went_wrong(
    stored: list[EndedSession], errors: list[SensorError], code: int
) -> None:
    assert tell_the_end(stored, errors) == code


@pytest.mark.real_time
@pytest.mark.parametrize("ended_by", ["SIGINT", "SIGHUP"])
def test_a_session_that_failed_is_said_when_the_pages_end(tmp_path: Path, ended_by: str) -> None:
    """No sensors in the air: the session fails on the page, and the terminal says so, too.

    A terminal that is closed asks the program to terminate; nothing is left out then, either.
    """
    words = ("live", "--radio", "tcp:127.0.0.1:9", *pages_of(tmp_path))
    with command_process(tmp_path, URL, *words) as (process, url):
        port = int(url.rsplit(":", 1)[1])
        assert post_json(port, "/api/live/start", "{}").status == 200
        end = time.monotonic() + 100
        while json.loads(ask(port, "/api/live").body)["phase"] != "failed":
            assert time.monotonic() < end
            time.sleep(0.1)
        ended = tmp_path / "live.log"
        process.send_signal(getattr(signal, ended_by))
        assert process.wait(100) == DOUBTFUL
    assert "A session had an error: " in ended.read_text("utf-8")

"""The live session's socket, poll and commands, on a served dashboard."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import Any

import pytest
import websockets.exceptions
import websockets.sync.client

from dashboard.live_endpoint import MAX_VIEWERS, TRY_AGAIN_LATER
from dashboard.live_feed import PERIOD_S
from pipeline.errors import StoreError
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.requests import ask, post_json

pytestmark = pytest.mark.real_time


WAIT_S = 60.0


def connect(port: int) -> Any:
    """A socket as the dashboard's page opens it."""
    open_socket: Any = websockets.sync.client.connect
    return open_socket(
        f"ws://127.0.0.1:{port}/ws/live",
        origin=f"http://127.0.0.1:{port}",
        open_timeout=WAIT_S,
        ping_timeout=WAIT_S,
    )


def until(socket: Any, condition: Any, tries: int = 200) -> dict[str, Any]:
    """The first frame that meets a condition."""
    for _ in range(tries):
        frame: dict[str, Any] = json.loads(socket.recv(timeout=WAIT_S))
        if condition(frame):
            return frame
    raise AssertionError("no such frame came")


def test_frames_follow_the_session_from_start_to_stop(serve_dashboard: ServeDashboard) -> None:
    source = ReplaySource(make_strides(400), strides_per_s=60, stored_session_id="abc")
    port = serve_dashboard(source).port
    with connect(port) as socket:
        assert until(socket, lambda f: True)["phase"] == "idle"
        assert post_json(port, "/api/live/start", '{"runner": "  Runner A "}').status == 200
        assert source.runner == "Runner A"
        running = until(socket, lambda f: f["stride_total"] >= 20)
        assert running["phase"] == "measuring"
        later = until(socket, lambda f: f["stride_total"] > running["stride_total"])
        assert later["session_id"] == running["session_id"]
        assert post_json(port, "/api/live/mark", '{"text": "new shoe"}').status == 200
        assert source.marks == ["new shoe"]
        assert post_json(port, "/api/live/stop", "").status == 200
        assert until(socket, lambda f: f["phase"] == "stopped")["stored_session_id"] == "abc"


def test_an_unchanged_frame_is_sent_only_as_a_sign_of_life(serve_dashboard: ServeDashboard) -> None:
    port = serve_dashboard(ReplaySource([])).port
    with connect(port) as socket:
        first = socket.recv(timeout=WAIT_S)
        started = time.monotonic()
        assert socket.recv(timeout=WAIT_S) == first
        assert time.monotonic() - started > 3 * PERIOD_S  # of 1 s, less what the first one was late


def test_a_slow_viewer_gets_the_newest_state_and_no_backlog(
    serve_dashboard: ServeDashboard,
) -> None:
    source = ReplaySource(make_strides(2000), strides_per_s=200)
    port = serve_dashboard(source).port
    source.start()
    with connect(port) as socket:
        until(socket, lambda f: f["stride_total"] > 0)
        time.sleep(1.5)
        polled = json.loads(ask(port, "/api/live").body)["stride_total"]
        assert polled > 100
        assert until(socket, lambda f: f["stride_total"] >= polled, tries=60)


def test_several_viewers_see_the_same_strides(serve_dashboard: ServeDashboard) -> None:
    source = ReplaySource(make_strides(40), strides_per_s=400)
    port = serve_dashboard(source).port
    with connect(port) as one, connect(port) as other:
        source.start()
        frames = [until(socket, lambda f: f["stride_total"] == 80) for socket in (one, other)]
    assert frames[0]["sides"] == frames[1]["sides"]
    polled = json.loads(ask(port, "/api/live").body)
    assert polled["sides"] == frames[0]["sides"]


def test_viewers_beyond_the_bound_are_sent_away_and_places_become_free(
    serve_dashboard: ServeDashboard,
) -> None:
    port = serve_dashboard(ReplaySource([])).port
    with ExitStack() as full:
        for _ in range(MAX_VIEWERS):
            full.enter_context(connect(port)).recv(timeout=WAIT_S)
        with (
            connect(port) as extra,
            pytest.raises(websockets.exceptions.ConnectionClosed) as closed,
        ):
            extra.recv(timeout=WAIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == TRY_AGAIN_LATER
    for _ in range(600):
        with connect(port) as again:
            try:
                assert again.recv(timeout=WAIT_S)
                break
            except websockets.exceptions.ConnectionClosed:
                time.sleep(0.1)
    else:
        pytest.fail("no place became free")


def test_what_a_viewer_sends_is_ignored(serve_dashboard: ServeDashboard) -> None:
    port = serve_dashboard(ReplaySource([])).port
    with connect(port) as socket:
        for message in ("hello", b"\x00\xff", "{" * 1000):
            socket.send(message)
        assert until(socket, lambda f: True)["phase"] == "idle"
        assert until(socket, lambda f: True)["phase"] == "idle"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"runner": 5}',
        '{"runner": {"a": 1}}',
        '{"other": 1}',
        '{"runner": "%s"}' % ("x" * 201),
    ],
)
def test_a_start_with_a_wrong_body_is_refused_and_starts_nothing(
    serve_dashboard: ServeDashboard, body: str
) -> None:
    source = ReplaySource([])
    port = serve_dashboard(source).port
    assert post_json(port, "/api/live/start", body).status == 422
    assert source.snapshot().phase == "idle"


def test_commands_do_not_obey_a_plain_link(serve_dashboard: ServeDashboard) -> None:
    source = ReplaySource([])
    port = serve_dashboard(source).port
    ask(port, "/api/live/start")
    assert source.snapshot().phase == "idle"


def test_a_command_that_fails_says_why(serve_dashboard: ServeDashboard) -> None:
    class FullDisk(ReplaySource):
        def start(self, runner: str = "", condition: str = "") -> None:
            raise StoreError("the disk is full", where="library", remedy="Free some space")

    port = serve_dashboard(FullDisk([])).port
    answer = post_json(port, "/api/live/start", "{}")
    assert answer.status == 409
    assert json.loads(answer.body)["problem"] == "Library: the disk is full. Free some space."

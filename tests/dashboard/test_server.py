"""Starting and stopping the server, and its refusals."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from dashboard.app import create_app
from dashboard.errors import AddressUnusable, DashboardError, NotLoopback, PortInUse
from dashboard.server import loopback_address, serve
from pipeline.store import Store
from sensors.errors import LevelstrideError
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.requests import ask

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org", ""])
def test_an_address_that_others_can_reach_is_refused_before_anything_listens(
    store: Store, host: str
) -> None:
    with pytest.raises(NotLoopback) as refused:
        serve(create_app(store=store), host=host, port=0)
    assert refused.value.host == host
    assert isinstance(refused.value, LevelstrideError)
    assert "--host 127.0.0.1" in str(refused.value)


def test_loopback_names_are_understood() -> None:
    assert loopback_address("localhost") == "127.0.0.1"
    assert loopback_address("127.0.0.9") == "127.0.0.9"
    assert loopback_address("[::1]") == "::1"


def test_a_port_in_use_is_named_with_what_to_do(store: Store) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse) as refused:
            serve(create_app(store=store), port=port)
    assert refused.value.port == port
    assert "--port" in str(refused.value)
    assert str(port) in str(refused.value)


def test_an_impossible_port_is_an_error_of_ours(store: Store) -> None:
    with pytest.raises(AddressUnusable) as refused:
        serve(create_app(store=store), port=70_000)
    assert isinstance(refused.value, DashboardError)


def test_health_tells_whether_a_live_session_can_be_watched(
    serve_dashboard: ServeDashboard,
) -> None:
    answer = ask(serve_dashboard().port, "/healthz")
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "ok", "live": False}


def test_without_a_live_session_its_endpoints_are_absent(serve_dashboard: ServeDashboard) -> None:
    port = serve_dashboard().port
    assert ask(port, "/api/live").status == 404
    origin = {"Origin": f"http://127.0.0.1:{port}"}
    assert ask(port, "/api/live/start", method="POST", headers=origin, body=b"{}").status in {
        404,
        405,
    }


def test_the_stop_event_ends_the_server_and_frees_the_port(
    store: Store, serve_dashboard: ServeDashboard
) -> None:
    first = serve_dashboard()
    port = first.port
    first.stop()
    stop = threading.Event()
    urls: list[str] = []

    def ready(url: str) -> None:
        urls.append(url)
        stop.set()

    serve(create_app(store=store), port=port, ready=ready, stop_event=stop)
    assert urls == [f"http://127.0.0.1:{port}"]


def test_unknown_pages_have_their_status_and_pages_work_from_their_own_address(
    serve_dashboard: ServeDashboard,
) -> None:
    first, second = serve_dashboard(), serve_dashboard()
    for dashboard in (first, second):
        assert ask(dashboard.port, "/sessions").status == 200
        assert ask(dashboard.port, "/live").status == 200
        assert ask(dashboard.port, "/nothing").status == 404

"""What the guard refuses, and what it adds to every answer; on a served dashboard."""

from __future__ import annotations

import functools
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
import websockets.exceptions
import websockets.sync.client

from dashboard.guard import MAX_BODY_BYTES, content_security_policy
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.requests import ask, post_json

pytestmark = pytest.mark.real_time

PATHS = ("/", "/sessions", "/healthz", "/api/live", "/_dash-layout", "/nothing")


@pytest.fixture
def port(serve_dashboard: ServeDashboard) -> int:
    """Port of a dashboard with a live session."""
    return serve_dashboard(ReplaySource(make_strides(5))).port


def test_a_foreign_host_is_refused_everywhere(port: int) -> None:
    for path in PATHS:
        for host in (
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "[bad",
            "",
        ):
            answer = ask(port, path, headers={"Host": host})
            assert answer.status == 421, (path, host)
            assert b"levelstride" not in answer.body
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert ask(port, "/healthz", headers={"Host": host}).status == 200


def test_a_change_needs_the_origin_of_this_dashboard(port: int) -> None:
    own = f"http://127.0.0.1:{port}"
    assert post_json(port, "/api/live/start", "{}").status == 200
    for origin in ("http://evil.example", "null", f"http://localhost:{port}", own + "0", "", "x:["):
        for path in ("/api/live/start", "/api/live/stop", "/_dash-update-component"):
            assert post_json(port, path, "{}", Origin=origin).status == 403, (path, origin)
    without = ask(port, "/api/live/stop", method="POST", body=b"{}")
    assert without.status == 403


def test_a_socket_needs_the_origin_of_this_dashboard(port: int) -> None:
    url = f"ws://127.0.0.1:{port}/ws/live"
    connect: Any = functools.partial(websockets.sync.client.connect, open_timeout=60)
    for origin in ("http://evil.example", None):
        with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
            connect(url, origin=origin)
        assert refused.value.response.status_code == 403
    with connect(url, origin=f"http://127.0.0.1:{port}") as socket:
        assert '"phase"' in socket.recv(timeout=60)


def test_bodies_are_bounded(port: int) -> None:
    big = "x" * (MAX_BODY_BYTES + 1)
    assert post_json(port, "/api/live/mark", big).status == 413
    endless = ask(
        port,
        "/api/live/mark",
        method="POST",
        headers={"Origin": f"http://127.0.0.1:{port}", "Transfer-Encoding": "chunked"},
        body=b"0\r\n\r\n",
    )
    assert endless.status == 411


def test_every_answer_carries_the_policy_and_pages_are_not_kept(port: int) -> None:
    for path in PATHS:
        headers = ask(port, path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_inline_scripts_of_the_page_are_allowed_by_hash_only(port: int) -> None:
    page = ask(port, "/sessions")
    inline = re.findall(rb'<script id="_dash-renderer"', page.body)
    assert len(inline) == 1
    assert re.search(r"script-src 'self' 'sha256-[^']+'", page.headers["content-security-policy"])
    scripts = page.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "unsafe-inline" not in scripts


def test_no_interface_description_and_no_language_model_door(port: int) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/_mcp"):
        answer = ask(port, path)
        assert answer.status == 404, path
        assert b"swagger" not in answer.body.lower()


def test_every_page_lists_the_own_assets_even_when_it_is_the_first_request(port: int) -> None:
    body = ask(port, "/sessions").body
    for name in (b"levelstride.css", b"live.js", b"live_chart.js", b"colour_scheme.js"):
        assert name in body


def test_answers_are_compressed_when_the_browser_can_read_that(port: int) -> None:
    answer = ask(port, "/sessions", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < len(ask(port, "/sessions").body) / 2


def test_what_is_named_by_its_content_is_kept_and_what_is_not_is_asked_for_again(port: int) -> None:
    body = ask(port, "/sessions").body.decode()
    charts = re.findall(r'src="(/assets/chart_draw\.js\?m=[^"]+)"', body)
    styles = re.findall(r'href="(/assets/review\.css\?m=[^"]+)"', body)
    assert len(charts) == len(styles) == 1
    for address in (*charts, *styles):
        kept = ask(port, address)
        assert kept.status == 200
        assert "immutable" in kept.headers["cache-control"]
        assert "immutable" not in ask(port, address.partition("?")[0]).headers.get(
            "cache-control", ""
        )
    packed = ask(port, charts[0], headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == ask(port, charts[0]).body


def test_assets_do_not_leave_their_folder(port: int) -> None:
    assert ask(port, "/assets/live.js").status == 200
    for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/..%2fapp.py"):
        assert b"create_app" not in ask(port, path).body


def test_assets_name_no_other_host() -> None:
    import dashboard

    allowed = {"http://www.w3.org/2000/svg"}
    for path in (Path(dashboard.__file__).parent / "assets").rglob("*"):
        if path.is_file():
            found = set(re.findall(r"https?://[^\s\"'`)]+", path.read_text(encoding="utf-8")))
            assert {url for url in found if "${" not in url} <= allowed, path


def test_the_policy_lists_the_hashes_it_is_given() -> None:
    assert "script-src 'self' 'sha256-abc';" in content_security_policy(["'sha256-abc'"])

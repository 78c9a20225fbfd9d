"""Fixtures: a library, served dashboards, and browser pages that fail on any complaint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.live_source import LiveSource
from pipeline.setup_session import SetupSource
from pipeline.store import Store
from tests.dashboard.browser_checks import DESKTOP, PHONE
from tests.dashboard.chromium import ARGUMENTS, HOW_TO_GET_ONE, find_chromium
from tests.dashboard.served import ServedDashboard

ServeDashboard = Callable[..., ServedDashboard]
OpenPage = Callable[..., Any]
DEFAULT_TIMEOUT_MS = 90_000
START_TIMEOUT_MS = 180_000
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:http://127.0.0.1:")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty library."""
    with Store.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def serve_dashboard(store: Store) -> Iterator[ServeDashboard]:
    """Serve dashboards of ``store``; stopped after the test."""
    running: list[ServedDashboard] = []

    def start(live: LiveSource | None = None, setup: SetupSource | None = None) -> ServedDashboard:
        dashboard = ServedDashboard(store, live, setup)
        running.append(dashboard)
        dashboard.start()
        return dashboard

    yield start
    for dashboard in running:
        dashboard.stop()


# Not for the whole run: while Playwright's synchronous interface is open, its event loop counts
# as running in this thread, and ``asyncio.run`` in a later test would be refused.
@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[], Any]]:
    """Gives a Chromium, another one when it ended; skipped when there is none, a failure on CI."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=DEFAULT_TIMEOUT_MS)
    with sync_playwright() as playwright:
        begun: list[Any] = []

        def running() -> Any:
            if not begun or not begun[-1].is_connected():
                begun.append(
                    playwright.chromium.launch(
                        executable_path=path, args=list(ARGUMENTS), timeout=START_TIMEOUT_MS
                    )
                )
            return begun[-1]

        yield running
        for each in begun:
            each.close()


@pytest.fixture
def browser(browsers: Callable[[], Any]) -> Any:
    """A Chromium that runs."""
    return browsers()


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Open browser pages; the test fails on console errors, page errors and foreign requests.

    Options: ``scheme`` (``light`` or ``dark``), ``phone`` (390 pixels wide), ``forgive``: texts;
    a complaint that holds one is expected by the test, ``locale``: the language that is asked for.
    """
    complaints: list[str] = []
    contexts: list[Any] = []

    def start(
        scheme: str = "light",
        *,
        phone: bool = False,
        forgive: tuple[str, ...] = (),
        script: str = "",
        locale: str = "en-GB",
    ) -> Any:
        context = browser.new_context(
            color_scheme=scheme,
            viewport=PHONE if phone else DESKTOP,
            reduced_motion="reduce",
            locale=locale,
        )
        context.set_default_timeout(DEFAULT_TIMEOUT_MS)
        contexts.append(context)
        if script:
            context.add_init_script(script)

        def complain(text: str) -> None:
            if not any(expected in text for expected in forgive):
                complaints.append(text)

        def watch(opened: Any) -> None:
            opened.on(
                "console",
                lambda message: (
                    complain(f"console {message.type}: {message.text}")
                    if message.type in {"error", "warning"}
                    else None
                ),
            )
            opened.on("pageerror", lambda error: complain(f"page error: {error}"))

        context.on("page", watch)  # also pages that this one opens
        context.on(
            "request",
            lambda request: (
                None if request.url.startswith(LOCAL) else complain(f"request to {request.url}")
            ),
        )
        return context.new_page()

    yield start
    for context in contexts:
        context.close()
    assert not complaints, complaints

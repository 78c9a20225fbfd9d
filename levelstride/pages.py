"""Serving the pages from a command: tells the address, opens a browser, ends on Ctrl-C."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable

import click

from dashboard.app import create_app
from dashboard.server import serve
from pipeline.live_source import LiveSource
from pipeline.setup_session import SetupSource
from pipeline.store import Store


def serve_pages(
    store: Store,
    live: LiveSource | None,
    *,
    setup: SetupSource | None = None,
    host: str = "127.0.0.1",
    port: int = 8050,
    browser: bool = True,
    stop: threading.Event | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until ``stop`` is set or the user interrupts.

    Args:
        store: the library.
        live: session of the live page, None for review only.
        setup: set-up of its sensors, None for none.
        host: loopback address.
        port: TCP port, 0 for a free one.
        browser: open the page in the user's browser.
        stop: ends the server.
        ready: called with the address when pages are answered.
    """

    def announce(address: str) -> None:
        click.echo(f"Pages at {address} (Ctrl-C ends)", err=True)
        if browser:
            # a browser may take seconds to start, and this runs on the server's loop
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        if ready is not None:
            ready(address)

    try:
        serve(
            create_app(store=store, live=live, setup=setup),
            host,
            port,
            ready=announce,
            stop_event=stop,
        )
    except KeyboardInterrupt:
        click.echo("Ended.", err=True)

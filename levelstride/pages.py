"""Serving the pages from a command: tells the address, opens a browser, ends on Ctrl-C."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable

import click

from dashboard.accounts.settings import AccountSettings
from dashboard.app import create_app
from dashboard.server import Reach, serve
from levelstride.end_signals import ended_like_ctrl_c
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
    accounts: AccountSettings | None = None,
    reach: Reach | None = None,
) -> None:
    """Serve until ``stop`` is set, or the user interrupts, terminates it or closes the terminal.

    Args:
        store: the library.
        live: session of the live page, None for review only.
        setup: set-up of its sensors, None for none.
        host: loopback address; any with ``reach``.
        port: TCP port, 0 for a free one.
        browser: open the page in the user's browser.
        stop: ends the server.
        ready: called with the address when pages are answered.
        accounts: how people sign in; None for one person at this computer.
        reach: how others may reach it; only together with ``accounts``.
    """

    def announce(address: str) -> None:
        click.echo(f"Pages at {address} (Ctrl-C ends)", err=True)
        if browser:
            # a browser may take seconds to start, and this runs on the server's loop
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        if ready is not None:
            ready(address)

    try:
        with ended_like_ctrl_c():
            serve(
                create_app(store=store, live=live, setup=setup, accounts=accounts),
                host,
                port,
                reach=reach if accounts is not None else None,
                ready=announce,
                stop_event=stop,
            )
    except KeyboardInterrupt:
        click.echo("Ended.", err=True)

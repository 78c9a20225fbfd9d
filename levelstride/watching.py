"""Following a live session from a command, until it ends or the user interrupts."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.live import Live

from levelstride.live_table import live_table
from pipeline.live_session import LiveSession
from pipeline.stride import Stride

REFRESH_S = 0.25


def watch_in_terminal(session: LiveSession, console: Console) -> None:
    """Show a running session in the terminal until it has ended."""
    last: dict[str, Stride] = {}
    seen = 0
    pause = threading.Event()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            ended = session.wait(0.0)
            snapshot = session.snapshot(seen)
            seen = snapshot.stride_total
            last |= {stride.side: stride for stride in snapshot.strides if stride.valid}
            live.update(live_table(snapshot, last), refresh=True)
            if ended:
                return
            pause.wait(REFRESH_S)

"""Following a live session from a command, until it ends or the user interrupts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live

from levelstride.live_table import live_table
from pipeline.live_session import LiveSession
from pipeline.stride import Stride

REFRESH_S = 0.25


@contextmanager
def interrupt_calls(action: Callable[[], object]) -> Iterator[None]:
    """Have the first Ctrl-C, or a request to terminate, call ``action`` in place of ending us."""

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        for name, handler in before.items():
            signal.signal(name, handler)  # a second one ends the program
        action()

    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.signal(name, handle) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


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

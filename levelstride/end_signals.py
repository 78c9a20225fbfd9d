"""What a command does when it is asked to end: by Ctrl-C, by SIGTERM, by a terminal that is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise ``KeyboardInterrupt``, so that what was begun is finished.

    Without it the program would be gone the moment its server has stopped, before a session is
    stored. Signals that were ignored (``nohup``) stay so. Outside the main thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def as_terminate(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.raise_signal(signal.SIGTERM)  # a server that runs has its own way to end at this

    wanted: dict[signal.Signals, Callable[[int, FrameType | None], object]] = {
        signal.SIGTERM: signal.default_int_handler
    }
    if hasattr(signal, "SIGHUP"):  # not on Windows
        wanted[signal.SIGHUP] = as_terminate
    before = {
        name: signal.signal(name, handler)
        for name, handler in wanted.items()
        if signal.getsignal(name) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


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

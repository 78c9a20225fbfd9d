"""What every process does first that a server starts to compute for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress


def begin(niceness: int) -> None:
    """Give way to the pages, leave Ctrl-C to the server, and end with it.

    Args:
        niceness: added to that of the server; 0 to 19.
    """
    with suppress(AttributeError, OSError):
        os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the server, which ends this process
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    """A server that was killed leaves no process behind."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)

"""How a server starts the processes that compute for it, and what each of them does first."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from multiprocessing.context import ForkServerContext, SpawnContext

_LONGEST_FOLDER = 60
"""Characters; the whole name of a socket has 107 at most."""
_LOADED = [
    "dashboard.accounts.drawing_worker",
    "dashboard.accounts.import_process",
    "dashboard.accounts.leave_at_once",
]
"""What these processes have in common; the last one says how the process that loads it ends."""


def context() -> SpawnContext | ForkServerContext:
    """How these processes are started.

    On Linux one process loads the program, and the others are copies of it: each is there at once,
    and what was loaded is in memory once. It runs nothing else, opens no library and has no thread
    of Python; it ends with the server. On other systems every process loads the program itself.
    """
    if not _copied():
        return multiprocessing.get_context("spawn")
    copies = multiprocessing.get_context("forkserver")
    copies.set_forkserver_preload(_LOADED)
    return copies


def load() -> None:
    """Begin to load the program for these processes, and do not wait for it."""
    context()
    if _copied():
        from multiprocessing import forkserver  # not there on every system

        forkserver.ensure_running()


def _copied() -> bool:
    """Whether the copies can be asked for: by a socket in the folder for temporary files."""
    return sys.platform == "linux" and len(tempfile.gettempdir()) <= _LONGEST_FOLDER


def begin(niceness: int) -> None:
    """Give way to the pages, leave Ctrl-C to the server, and end with it.

    Args:
        niceness: added to that of the server; 0 to 19.
    """
    with suppress(AttributeError, OSError):
        os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the server, which ends this process
    gc.freeze()  # what was loaded stays: not to be looked through, nor copied by being looked at
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    """A server that was killed leaves no process behind."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)

"""How the process that loads the program for the others ends, see ``child_process``.

Only that process imports this; the others are copies of it.
"""

from __future__ import annotations

import atexit
import os


def _leave_at_once(loaded_by: int = os.getpid()) -> None:
    """The process ends with the server; taking all that was loaded apart would take a second."""
    if os.getpid() == loaded_by:
        os._exit(0)


atexit.register(_leave_at_once)

"""What the processes of a server have in common: loaded once, by a process that they are copies of.

Nothing else imports this: only what ``child_process`` starts, see there.
"""

from __future__ import annotations

import atexit
import os

import dashboard.accounts.drawing_worker
import dashboard.accounts.import_process  # noqa: F401


def _leave_at_once(loaded_by: int = os.getpid()) -> None:
    """The process ends with the server; taking all that was loaded apart would take a second."""
    if os.getpid() == loaded_by:
        os._exit(0)


atexit.register(_leave_at_once)

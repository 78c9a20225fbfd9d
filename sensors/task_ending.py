"""Ending tasks for certain."""

from __future__ import annotations

import asyncio

ASK_AGAIN_S = 0.5


async def end_tasks(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel tasks, and wait until all have ended; how they ended does not matter.

    A task is cancelled again until it ends: ``asyncio.wait_for`` in Python 3.11 loses a cancellation that
    comes together with the answer, and a task that lives in an endless loop then lives on.

    Args:
        tasks: not the one that calls; empty afterwards.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=ASK_AGAIN_S)
        for task in done:
            if not task.cancelled():
                task.exception()  # looked at, so that nobody complains of it
    tasks.clear()

"""Tasks end, even those that lose a cancellation."""

from __future__ import annotations

import asyncio

from sensors.task_ending import end_tasks


def test_a_task_that_loses_cancellations_and_one_that_fails_are_ended() -> None:
    """As ``wait_for`` does when the answer comes together with the cancellation."""
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if lost == 2:
                    raise
                lost += 1

    async def failing() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise RuntimeError("while ending") from None

    async def run() -> list[bool]:
        tasks = {asyncio.create_task(work()) for work in (deaf, failing)}
        await asyncio.sleep(0)
        all_of_them = tuple(tasks)
        await end_tasks(tasks)
        assert not tasks
        await end_tasks(tasks)
        return [task.done() for task in all_of_them]

    assert asyncio.run(run()) == [True, True]
    assert lost == 2

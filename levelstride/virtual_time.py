"""An event loop whose clock jumps to the next thing to do: what sleeps costs nothing."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _NeverWaiting(selectors.DefaultSelector):
    """A selector that notes how long it was asked to wait, and does not wait."""

    waited_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is left to do and nobody ends: a deadlock in virtual time")
        if not ready and timeout is not None:
            self.waited_s += timeout
        return ready


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._never = _NeverWaiting()
        super().__init__(self._never)

    def time(self) -> float:
        return self._never.waited_s


def run_in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in an event loop of its own that never waits.

    Only for work without input from outside: timers run as quickly as they can be handled, in the order
    in which they would.

    Returns:
        What the coroutine returns.
    """
    with asyncio.Runner(loop_factory=_VirtualTimeLoop) as runner:
        return runner.run(work)

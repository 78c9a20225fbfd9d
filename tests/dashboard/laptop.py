"""``levelstride`` on a laptop that can be suspended: run as ``python -m tests.dashboard.laptop live ...``.

While a laptop is suspended no program runs, and Linux' monotonic clock, which the program lives by, stands
still; the clock on the wall goes on. Here the process is stopped for a while, and the clocks that it
reads leave out every time in which nobody read them: a thread reads them ten times a second.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

SUSPENDED_NS = 3_000_000_000
"""Nobody ran for so long: the lid was closed."""
READ_EVERY_S = 0.1


class LaptopClock:
    """A monotonic clock that stands still while the process does."""

    def __init__(self) -> None:
        self._read: Callable[[], int] = time.monotonic_ns
        self._lock = threading.Lock()
        self._last = self._read()
        self._missed = 0

    def ns(self) -> int:
        """Nanoseconds."""
        with self._lock:
            now = self._read()
            if now - self._last > SUSPENDED_NS:
                self._missed += now - self._last
            self._last = now
            return now - self._missed

    def s(self) -> float:
        """Seconds."""
        return self.ns() * 1e-9

    def take_over(self) -> None:
        """Stand in for the clocks of this process."""
        wait = time.sleep
        time.monotonic = time.perf_counter = self.s
        time.monotonic_ns = time.perf_counter_ns = self.ns

        def keep_reading() -> None:
            while True:
                self.ns()
                wait(READ_EVERY_S)

        threading.Thread(target=keep_reading, name="laptop clock", daemon=True).start()


if __name__ == "__main__":
    LaptopClock().take_over()
    from levelstride.cli import main

    sys.exit(main())

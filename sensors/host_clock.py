"""The host's clock for sessions: monotonic, and going on while the computer is suspended.

Sensors go on counting while a laptop sleeps. Linux' usual monotonic clock does not: after a minute of sleep every
sensor seems to have leapt ahead by a minute, and the whole session is put out of place.
"""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def host_ns() -> int:
        """Nanoseconds since an arbitrary moment, time in suspend included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def host_ns() -> int:
        """Nanoseconds since an arbitrary moment, time asleep included."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)

else:

    def host_ns() -> int:
        """Nanoseconds since an arbitrary moment; Windows' performance counter counts sleep, too."""
        return time.perf_counter_ns()

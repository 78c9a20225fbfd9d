"""Where a DOT stands in the procedure that gives several sensors one clock.

Started by a message, it runs only while the sensor has no host: 14 s after the link was closed the result
waits to be read. A host that comes back earlier spoils it.
"""

from __future__ import annotations

from firmware_sim.devices.movella.messages import OK, SKEW_TOO_LARGE, TOO_FEW_SAMPLES

SYNC_S = 14.0


class SyncState:
    """Synchronisation of one sensor.

    Args:
        fails: It ends with too large a skew.

    Attributes:
        synced: Whether the clock is the root's.
        root: Address of the root, least significant octet first.
    """

    def __init__(self, fails: bool) -> None:
        self.synced = False
        self.root = b""
        self._fails = fails
        self._wanted = False
        self._alone_since_s: float | None = None
        self._result: int | None = None

    def start(self, root: bytes) -> None:
        """The message has come; the rest begins when the link is closed."""
        self.root = root
        self._wanted = True
        self._alone_since_s = self._result = None

    def stop(self) -> None:
        """Leave the group and forget what was under way."""
        self.synced = self._wanted = False
        self._alone_since_s = self._result = None

    def disconnected(self, now_s: float) -> None:
        """The link was closed."""
        if self._wanted:
            self._alone_since_s = now_s

    def connected(self, now_s: float) -> None:
        """A host is back."""
        if self._wanted and self._alone_since_s is not None:
            done = now_s - self._alone_since_s >= SYNC_S
            self._result = (SKEW_TOO_LARGE if self._fails else OK) if done else TOO_FEW_SAMPLES
            self._wanted = False
            self.synced = self._result == OK

    def take_result(self) -> int | None:
        """Result of the procedure, once; None while there is none."""
        result, self._result = self._result, None
        return result

"""Bounds how often sign-in can be tried: per account and address, per account, per address."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from pipeline.accounts.errors import TooManyTries

WINDOW_S = 900.0
"""A try counts for as long."""
TRIES = {"pair": 5, "account": 50, "address": 30}
"""Failed tries within the window after which no further one is looked at: of an account from one
address, of an account from anywhere (more, so that strangers cannot lock people out), and from one
address."""
_REMEMBERED = 20_000


class RateLimit:
    """Counts tries; safe from several threads.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> None:
        """Count a try before it is looked at, so that many at once count, too.

        Raises:
            TooManyTries: there were too many.
        """
        now = self._clock()
        with self._lock:
            keys = self._keys(name, address)
            for key in keys:
                recent = [at for at in self._tries.get(key, ()) if now - at < WINDOW_S]
                if len(recent) >= TRIES[key[0]]:
                    raise TooManyTries(WINDOW_S - (now - recent[0]))
                self._tries[key] = recent
            for key in keys:
                self._tries[key].append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > _REMEMBERED:
                self._tries.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failed tries of this account from this address, and this try elsewhere."""
        with self._lock:
            pair, *others = self._keys(name, address)
            self._tries.pop(pair, None)
            for key in others:
                if self._tries.get(key):
                    self._tries[key].pop()

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[str, str], ...]:
        # Hashes: names are of any length, and need not stay in memory.
        account = hashlib.sha256(name.strip().casefold().encode("utf-8", "replace")).hexdigest()
        return (("pair", f"{account} {address}"), ("account", account), ("address", address))

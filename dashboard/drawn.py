"""Keeps what was drawn, by what it was drawn from, so that it is drawn once for many people.

Nothing here decides who may see what: keys are made of what the caller was given already.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from plotly.io.json import to_json_plotly

from dashboard.finished import finished
from dashboard.packing import pack

MOST_BYTES = 48_000_000
"""Of everything that is kept, packed."""
_STRIPES = 64


def as_text(components: Any) -> str:
    """The JSON of components that Dash would send."""
    return str(to_json_plotly(finished(components)))


def _name(key: Hashable) -> bytes:
    """A key in few bytes; one may be larger than what was drawn for it."""
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).digest()


class Drawn:
    """Texts that were drawn, packed; those used longest ago go first.

    Safe from several threads; the same thing asked for by several at once is drawn by the first.

    Args:
        most_bytes: bound of everything together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drawing = [threading.Lock() for _ in range(_STRIPES)]

    def bound(self, most_bytes: int) -> None:
        """Keep no more than this from now on."""
        self._most = most_bytes

    def get(self, key: Hashable, draw: Callable[[], str]) -> bytes:
        """What was drawn for a key, packed; drawn now if it was not.

        Args:
            key: its ``repr`` says everything that the drawing depends on, the language too.
            draw: makes the text; nothing is kept when it raises.
        """
        name = _name(key)
        known = self._known(name)
        if known is not None:
            return known
        with self._drawing[hash(name) % _STRIPES]:
            known = self._known(name)
            if known is None:
                known = pack(draw())
                self._keep(name, known)
        return known

    def _known(self, key: bytes) -> bytes | None:
        with self._lock:
            packed = self._kept.get(key)
            if packed is not None:
                self._kept.move_to_end(key)
            return packed

    def _keep(self, key: bytes, packed: bytes) -> None:
        with self._lock:
            self._kept[key] = packed
            self._bytes += len(packed)
            while self._bytes > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)

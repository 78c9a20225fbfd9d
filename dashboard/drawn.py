"""Keeps what was drawn, by what it was drawn from, so that it is drawn once for many people.

Nothing here decides who may see what: keys are made of what the caller was given already.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from plotly.io.json import to_json_plotly

MOST_BYTES = 48_000_000
"""Of everything that is kept, as text."""
_STRIPES = 64


class Drawn:
    """What was drawn, as the JSON that browsers get; those used longest ago go first.

    Safe from several threads; the same thing asked for by several at once is drawn by the first.

    Args:
        most_bytes: bound of everything together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, str] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drawing = [threading.Lock() for _ in range(_STRIPES)]

    def get(self, key: Hashable, draw: Callable[[], Any]) -> Any:
        """What was drawn for a key, as plain values; drawn now if it was not.

        Args:
            key: holds everything that the drawing depends on, the language too.
            draw: makes the components; nothing is kept when it raises.
        """
        with self._drawing[hash(key) % _STRIPES]:
            with self._lock:
                text = self._kept.get(key)
                if text is not None:
                    self._kept.move_to_end(key)
            if text is None:
                text = str(to_json_plotly(draw()))
                self._keep(key, text)
        return json.loads(text)

    def _keep(self, key: Hashable, text: str) -> None:
        with self._lock:
            self._kept[key] = text
            self._bytes += len(text)
            while self._bytes > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)

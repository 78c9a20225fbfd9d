"""Text as it goes over the wire and lies in files."""

from __future__ import annotations

import gzip

_LEVEL = 5


def pack(text: str) -> bytes:
    """A text as browsers take it over the wire."""
    return gzip.compress(text.encode("utf-8"), _LEVEL, mtime=0)


def unpack(packed: bytes) -> str:
    """The text of ``pack``."""
    return gzip.decompress(packed).decode("utf-8")

"""A file of the library as it was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with what it must hold.

    Attributes:
        name: in the place of files, such as ``strides/<id>.parquet``.
        size: bytes.
        sha256: digest of its content, hexadecimal.
    """

    name: str
    size: int
    sha256: str

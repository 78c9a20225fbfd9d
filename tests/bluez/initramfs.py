"""Writes a root file system as the Linux kernel takes it: a compressed cpio archive ("newc")."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

_DIRECTORY, _PROGRAM, _FILE = 0o040755, 0o100755, 0o100644


def write_initramfs(path: Path, files: Mapping[str, bytes], programs: Mapping[str, bytes]) -> None:
    """Write an archive; the folders of its files are made, and the same input gives the same bytes.

    Args:
        path: the archive.
        files: content by path in the archive, without a leading slash.
        programs: the same, executable.
    """
    entries = {name: (_FILE, content) for name, content in files.items()}
    entries |= {name: (_PROGRAM, content) for name, content in programs.items()}
    folders = {str(parent) for name in entries for parent in Path(name).parents} - {"."}
    entries |= dict.fromkeys(folders, (_DIRECTORY, b""))
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as archive:
        for number, (name, (mode, content)) in enumerate(sorted(entries.items()), start=1):
            archive.write(_entry(number, name, mode, content))
        archive.write(_entry(0, "TRAILER!!!", 0, b""))


def _entry(number: int, name: str, mode: int, content: bytes) -> bytes:
    encoded = name.encode() + b"\0"
    # inode, mode, owner, group, links, time, size, device (2), special device (2), name, checksum
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return _padded(head) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

"""What kind of file this is, by its content."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError
from pipeline.importers.text_table import open_binary, unreadable

FileKind = Literal["recording", "csv", "parquet", "xsens-mtw"]
"""Kinds of files that can be analysed; ``recording`` is read by ``sensors.recording_reader``."""

_MCAP_MAGIC = b"\x89MCAP0\r\n"
_PARQUET_MAGIC = b"PAR1"
_HEAD_BYTES = 1 << 16
_FOREIGN_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or an Excel or Word file)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"ARROW1", "an Arrow file"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_FOREIGN_TEXT = (
    (re.compile(r"\s*<(?s:.{0,2000})<mvnx|\s*<mvnx", re.I), "an Xsens MVN export (.mvnx)"),
    (re.compile(r"\s*<"), "an XML or HTML document"),
    (re.compile(r"\s*[\[{]"), "a JSON document"),
    (re.compile(r"sep=|DeviceTag:|.*\bFreeAcc_X\b.*\bStatus\b"), "a Movella DOT export"),
    (re.compile(r".*\bSampleTimeFine\b.*\bQuat_W\b"), "a Movella DOT export"),
    (re.compile(r"epoc[h]? \(ms\)"), "a MetaWear export"),
    (re.compile(r".*Gyroscope X \(deg/s\)"), "an x-IMU3 export"),
)
_REMEDY = (
    "Give a recording (.mcap), neutral samples (.csv, .csv.gz, .parquet) or MT Manager text exports"
)


def recognise(path: Path) -> FileKind:
    """Tell the kind of a file from its first bytes; its name does not matter.

    Raises:
        InputError: there is no such file, it may not be read, is empty, or is of another kind,
            which is named where it is known.
    """
    path = Path(path)
    head = _head(path)
    if head.startswith(_MCAP_MAGIC):
        return "recording"
    if head.startswith(_PARQUET_MAGIC):
        return "parquet"
    for magic, name in _FOREIGN_MAGIC:
        if head.startswith(magic):
            raise InputError(f"this is {name}", path=path, remedy=_REMEDY)
    if _is_binary(head):
        raise InputError("this is a binary file of no known kind", path=path, remedy=_REMEDY)
    text = head.decode("utf-8-sig", "replace")
    for pattern, name in _FOREIGN_TEXT:
        if pattern.match(text):
            raise InputError(
                f"this is {name}, which cannot be read directly", path=path, remedy=_REMEDY
            )
    if text.lstrip().startswith("//") or re.match(r"\s*PacketCounter\b", text):
        return "xsens-mtw"
    return "csv"


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise InputError("this is a folder", path=path, remedy="Give the files in it")
    if not path.exists():
        raise InputError("there is no such file", path=path, remedy="Check the name")
    if not path.is_file():
        raise InputError("this is not an ordinary file", path=path, remedy=_REMEDY)
    try:
        with open_binary(path) as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error
    if not head.strip():
        raise InputError("the file is empty", path=path, remedy="Export the recording again")
    return head


def _is_binary(head: bytes) -> bool:
    if b"\0" in head:
        return True
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f")
    odd = head.decode("utf-8", "replace").count("�")
    return control > 0.01 * len(head) or odd > 0.1 * len(head)

"""What kind of file this is, by its content."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError
from pipeline.importers.text_table import open_binary, unreadable

FileKind = Literal[
    "recording",
    "csv",
    "parquet",
    "xsens-mtw",
    "xsens-mvnx",
    "movella-dot",
    "metawear",
    "x-imu3",
    "apdm",
    "shimmer",
    "nilspod",
    "motion-bids",
    "gpx",
    "tcx",
    "fit",
    "zip",
    "folder",
]
"""Kinds of files that can be read; ``recording`` is read by ``sensors.recording_reader``."""

ACTIVITY_KINDS: frozenset[FileKind] = frozenset({"gpx", "tcx", "fit"})
"""Files of watches: no samples, but speed, slope and heart rate beside them."""

_MCAP_MAGIC = b"\x89MCAP0\r\n"
_PARQUET_MAGIC = b"PAR1"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_FIT_MAGIC_AT = 8
_HEAD_BYTES = 1 << 16
_FOREIGN_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"ARROW1", "an Arrow file"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
)
_XML_ROOTS: dict[str, FileKind] = {
    "mvnx": "xsens-mvnx",
    "gpx": "gpx",
    "trainingcenterdatabase": "tcx",
}
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_MTW_ONLY = re.compile(
    r"(mat\[\d\]\[\d\]|quat_q\d|roll|pitch|yaw|year|utc_\w+|velinc_\w|oriinc_\w+|freeacc_[enu])"
)
_HEAD_LINES = 200
_REMEDY = (
    "Give a recording (.mcap), neutral samples (.csv, .csv.gz, .parquet), an export of MT Manager, "
    "MVN (.mvnx), Movella DOT, MetaWear, x-IMU3, APDM, Shimmer or NilsPod, or Motion-BIDS"
)


def recognise(path: Path) -> FileKind:
    """Tell the kind of a file from its first bytes; its name matters for Motion-BIDS only.

    Raises:
        InputError: there is no such file, it may not be read, is empty, or is of another kind,
            which is named where it is known.
    """
    path = Path(path)
    if path.is_dir():
        return "folder"
    head = _head(path)
    if head.startswith(_MCAP_MAGIC):
        return "recording"
    if head.startswith(_PARQUET_MAGIC):
        return "parquet"
    if head.startswith(_ZIP_MAGIC):
        return "zip"
    if head[_FIT_MAGIC_AT : _FIT_MAGIC_AT + 4] == b".FIT" and head[0] in (12, 14):
        return "fit"
    for magic, name in _FOREIGN_MAGIC:
        if head.startswith(magic):
            raise InputError(f"this is {name}", path=path, remedy=_REMEDY)
    if _is_binary(head):
        from pipeline.importers.nilspod import is_nilspod

        if is_nilspod(head):
            return "nilspod"
        raise InputError("this is a binary file of no known kind", path=path, remedy=_REMEDY)
    text = head.decode("utf-8-sig", "replace").lstrip("\ufeff")
    if text.lstrip().startswith("<"):
        return _xml_kind(text, path)
    if re.match(r"\s*[\[{]", text):
        raise InputError("this is a JSON document", path=path, remedy=_REMEDY)
    return _text_kind(text, path)


def _xml_kind(text: str, path: Path) -> FileKind:
    root = _ROOT.search(_COMMENT.sub("", text))
    kind = _XML_ROOTS.get(root[1].casefold()) if root else None
    if kind is None:
        raise InputError("this is an XML or HTML document", path=path, remedy=_REMEDY)
    return kind


def _text_kind(text: str, path: Path) -> FileKind:
    stem = path.name.casefold().removesuffix(".gz")
    if stem.endswith("_motion.tsv"):
        return "motion-bids"
    if stem.endswith(("_channels.tsv", "_scans.tsv", "participants.tsv")):
        raise InputError(
            "this is a sidecar of a BIDS data set", path=path, remedy="Give its ..._motion.tsv"
        )
    if text.lstrip().startswith("//"):
        return "xsens-mtw"
    # the readers are loaded when they are needed: a recording, and most else, has no use for them
    from pipeline.importers.apdm import is_apdm_header
    from pipeline.importers.metawear import is_metawear_header
    from pipeline.importers.movella_dot import is_dot_header
    from pipeline.importers.shimmer import is_shimmer_header
    from pipeline.importers.x_imu3 import is_x_imu3_header

    lines = text.splitlines()[:_HEAD_LINES]
    for number, line in enumerate(lines):
        if is_dot := _finds(line, is_dot_header):
            below = next((each for each in lines[number + 1 :] if each.strip()), "")
            return "xsens-mtw" if _is_mtw(is_dot, line, below, number) else "movella-dot"
        if _finds(line, is_x_imu3_header):
            return "x-imu3"
        if _finds(line, is_metawear_header):
            return "metawear"
        if _finds(line, is_apdm_header):
            return "apdm"
        if _finds(line, is_shimmer_header):
            return "shimmer"
    if re.match(r"\s*PacketCounter\b", text):
        return "xsens-mtw"
    first = lines[0].casefold() if lines else ""
    if first.startswith("timestamp (us),"):
        raise InputError(
            "this is another message of an x-IMU3",
            path=path,
            remedy="Give Inertial.csv, which has gyroscope and accelerometer",
        )
    return "csv"


def _is_mtw(names: frozenset[str], line: str, below: str, number: int) -> bool:
    """MT Manager writes the same names as DOT apps, but angular rate in rad/s."""
    if any(_MTW_ONLY.fullmatch(name) for name in names):
        return True
    if number > 0:
        return False
    cells = below.split("," if "," in line else ";" if ";" in line else "\t")
    padded = re.fullmatch(r"0\d{4}", cells[0].strip()) is not None
    unstamped = len(cells) > 1 and cells[1].strip().casefold() in ("", "nan")
    return "," not in line or padded or ("sampletimefine" in names and unstamped)


def _finds(line: str, is_header: Callable[[frozenset[str]], bool]) -> frozenset[str]:
    """Names of a line, in lower case, where it is such a header; else none."""
    for delimiter in (",", ";", "\t"):
        if delimiter in line:
            names = frozenset(
                cell.strip().strip('"').strip().casefold() for cell in line.split(delimiter)
            )
            if is_header(names):
                return names
    return frozenset()


def _head(path: Path) -> bytes:
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

"""What the summary at the end of an MCAP file says, where its checksum vouches for it.

Format: https://mcap.dev/spec
"""

from __future__ import annotations

import struct
import zlib

from mcap.opcode import Opcode

from sensors.mcap_records import RECORD_HEAD, RECORD_HEAD_BYTES
from sensors.mcap_scan import MAGIC, Buffer

_FOOTER = struct.Struct("<BQQQI")
"""Opcode, length, start of the summary, start of the summary's offsets, checksum of all before."""
_STATISTICS = struct.Struct("<QHIIIIQQ")
"""Messages, schemas, channels, attachments, metadata, chunks, first and last log time."""


def last_log_time_ns(data: Buffer) -> int | None:
    """Log time of the last message of any kind; None when the file was not closed or is damaged.

    Args:
        data: the file's bytes; only its end is read.
    """
    footer = len(data) - len(MAGIC) - _FOOTER.size
    if footer < len(MAGIC) or data[footer + _FOOTER.size :] != MAGIC:
        return None
    opcode, length, start, _, checksum = _FOOTER.unpack_from(data, footer)
    if (opcode, length) != (Opcode.FOOTER, _FOOTER.size - RECORD_HEAD_BYTES):
        return None
    if not len(MAGIC) <= start < footer:
        return None
    summary = data[start : footer + _FOOTER.size - 4]
    if zlib.crc32(summary) != checksum:
        return None
    position = 0
    while position + RECORD_HEAD_BYTES <= len(summary):
        opcode, length = RECORD_HEAD.unpack_from(summary, position)
        position += RECORD_HEAD_BYTES
        if opcode == Opcode.STATISTICS and position + _STATISTICS.size <= len(summary):
            messages, *_, last_ns = _STATISTICS.unpack_from(summary, position)
            return int(last_ns) if messages else None
        position += int(length)
    return None

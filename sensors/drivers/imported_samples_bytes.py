"""The bytes of the kind "imported samples", version 1: samples of foreign files, with their times.

All fields are little-endian; the layout is in ``docs/recording-format.md``. Any bytes at all give
either samples or a count of damaged messages.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from sensors.packet_batch import PacketBatch
from sensors.sample_block import (
    FLAG_BACKFILLED,
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FLAG_GAP_BEFORE,
    LACKS_ACC,
    LACKS_GYR,
    FlagArray,
    FloatArray,
)

DATA = "a3c50001-7f1e-4b52-9d0c-5e2f6b1c8a47"
"""Stands where the UUID of a characteristic stands; no device has it."""
VERSION = 1
MAX_TIME_S = 1e7
"""Latest session time that can be recorded: four months."""
MAX_INDEX = 2**62
MAX_SAMPLES = 2**16 - 1
"""In one message."""
KNOWN_FLAGS: int = FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR | FLAG_GAP_BEFORE | FLAG_BACKFILLED
"""All bits below the lowest unknown one."""

KNOWN_LACKS = (0, LACKS_ACC, LACKS_GYR)
"""What a sensor may be without: nothing, or one of its two quantities."""

_HEADER = struct.Struct("<BBHq")
_HEADER_TYPE = np.dtype([("version", "u1"), ("lacks", "u1"), ("n", "<u2"), ("first", "<i8")])
_TIME_BYTES = 8


def pack_samples(
    first_index: int,
    time_s: FloatArray,
    acc: FloatArray,
    gyr: FloatArray,
    flags: FlagArray,
    lacks: int = 0,
) -> bytes:
    """Bytes of one message.

    Args:
        first_index: index of the first sample, 0 to ``MAX_INDEX``.
        time_s: session time, shape (n,), n from 1 to ``MAX_SAMPLES``.
        acc: m/s², shape (n, 3).
        gyr: rad/s, shape (n, 3).
        flags: ``FLAG_*`` bits, shape (n,).
        lacks: ``LACKS_*`` bits, one of ``KNOWN_LACKS``; what is lacking takes no room.
    """
    there = [v for v, bit in ((acc, LACKS_ACC), (gyr, LACKS_GYR)) if not lacks & bit]
    return b"".join(
        (
            _HEADER.pack(VERSION, lacks, len(time_s), first_index),
            np.asarray(time_s, dtype="<f8").tobytes(),
            np.concatenate(there, axis=1).astype("<f8", copy=False).tobytes(),
            np.asarray(flags, dtype=np.uint8).tobytes(),
        )
    )


def unpack_samples(payloads: Sequence[bytes], arrival_s: FloatArray, lacks: int = 0) -> PacketBatch:
    """Read messages; whatever is none is counted and left out.

    A message is none if its length, version or flags are wrong, it lacks something else than its
    sensor does, a value is not finite, or its times do not increase or are out of range.

    Args:
        payloads: messages, in log order.
        arrival_s: their log times, shape (p,), seconds.
        lacks: ``LACKS_*`` bits, one of ``KNOWN_LACKS``: what the sensor does not have.
    """
    wide = 3 if lacks else 6
    sample_bytes = _TIME_BYTES + 8 * wide + 1
    lengths = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    sized = (lengths > _HEADER.size) & ((lengths - _HEADER.size) % sample_bytes == 0)
    header = _headers(payloads, sized)
    count = (lengths[sized] - _HEADER.size) // sample_bytes
    fits = (
        (header["version"] == VERSION)
        & (header["lacks"] == lacks)
        & (header["n"] == count)
        & (header["first"] >= 0)
        & (header["first"] <= MAX_INDEX)
    )
    position = np.flatnonzero(sized)[fits]
    first, count = header["first"][fits].astype(np.int64), count[fits]
    chosen = [payloads[k] for k in position.tolist()]
    time_s, values, flags = _columns(chosen, count.tolist(), wide)
    sound = _sound(count, time_s, values, flags)
    if not sound.all():
        rows = np.repeat(sound, count)
        time_s, values, flags = time_s[rows], values[rows], flags[rows]
        position, first, count = position[sound], first[sound], count[sound]
    starts = np.cumsum(count) - count
    absent = np.full((len(values), 3), np.nan) if lacks else np.empty((0, 3))
    return PacketBatch(
        arrival_s=arrival_s[position],
        first_index=first,
        device_s=time_s[starts],
        count=count,
        flags=np.zeros(len(count), dtype=np.uint8),
        acc=absent if lacks & LACKS_ACC else values[:, :3].copy(),
        gyr=absent if lacks & LACKS_GYR else values[:, -3:].copy(),
        sample_flags=flags,
        damaged=len(payloads) - len(position),
        time_s=time_s,
        lacks=lacks,
    )


def _headers(payloads: Sequence[bytes], sized: npt.NDArray[np.bool_]) -> npt.NDArray[np.void]:
    heads = b"".join(payload[: _HEADER.size] for payload in compress(payloads, sized.tolist()))
    return np.frombuffer(heads, dtype=_HEADER_TYPE)


def _columns(
    payloads: Sequence[bytes], counts: Sequence[int], wide: int
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """Times, shape (n,), values, shape (n, wide), and flags, shape (n,), of all samples."""
    times, values, flags = [], [], []
    for payload, count in zip(payloads, counts, strict=True):
        values_at = _HEADER.size + _TIME_BYTES * count
        flags_at = values_at + 8 * wide * count
        times.append(payload[_HEADER.size : values_at])
        values.append(payload[values_at:flags_at])
        flags.append(payload[flags_at:])
    return (
        np.frombuffer(b"".join(times), dtype="<f8").astype(np.float64),
        np.frombuffer(b"".join(values), dtype="<f8").astype(np.float64).reshape(-1, wide),
        np.frombuffer(b"".join(flags), dtype=np.uint8).copy(),
    )


def _sound(
    count: npt.NDArray[np.int64], time_s: FloatArray, values: FloatArray, flags: FlagArray
) -> npt.NDArray[np.bool_]:
    """Which messages hold possible samples only, shape (p,)."""
    if not len(count):
        return np.ones(0, dtype=np.bool_)
    starts = np.cumsum(count) - count
    good = np.isfinite(values).all(axis=1) & (time_s >= 0.0) & (time_s <= MAX_TIME_S)
    good &= flags <= KNOWN_FLAGS
    later = np.ones(len(time_s), dtype=np.bool_)
    later[1:] = time_s[1:] > time_s[:-1]
    later[starts] = True  # from message to message is looked at when they are put in order
    return np.logical_and.reduceat(good & later, starts)

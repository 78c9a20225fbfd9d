"""Data frames of the Polar Measurement Data service. All fields are little-endian.

Ten bytes of header (measurement type, u64 nanoseconds of the LAST sample, frame type with bit 7 for
compressed), then either plain samples or one reference sample and blocks of differences: width in bits,
number of samples, differences of each sample to the one before, channel by channel, lowest bit first, padded
to whole bytes at the end of the block.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from enum import IntEnum

COMPRESSED = 0x80
HEADER_BYTES = 10
_BLOCK_HEADER_BYTES = 2
_LARGEST_COUNT = 255

Sample = Sequence[int]


class Measurement(IntEnum):
    """Measurement types of the service."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3
    GYRO = 5
    MAG = 6
    SDK_MODE = 9


def encode_header(
    measurement: int, last_sample_ns: int, frame_type: int, compressed: bool
) -> bytes:
    """The ten bytes before the samples."""
    return struct.pack(
        "<BQB", measurement, last_sample_ns, frame_type | (COMPRESSED if compressed else 0)
    )


def encode_plain(samples: Sequence[Sample], sample_bytes: int) -> bytes:
    """Samples one after the other, each channel in ``sample_bytes`` bytes, signed."""
    return b"".join(
        value.to_bytes(sample_bytes, "little", signed=True) for row in samples for value in row
    )


def encode_block(differences: Sequence[Sample], width: int) -> bytes:
    """One block of differences.

    Args:
        differences: Difference of each sample to the one before, per channel; 1 to 255 samples.
        width: Bits of each difference, two's complement; 0 for differences that are all zero.
    """
    bits = 0
    at = 0
    mask = (1 << width) - 1
    for row in differences:
        for value in row:
            bits |= (value & mask) << at
            at += width
    return bytes((width, len(differences))) + bits.to_bytes((at + 7) // 8, "little")


def bits_needed(value: int) -> int:
    """Fewest bits that hold a number in two's complement; 0 for zero."""
    if value == 0:
        return 0
    return (value if value > 0 else ~value).bit_length() + 1


def plan_blocks(
    widths: Sequence[int], channels: int, room: int
) -> tuple[list[tuple[int, int]], int]:
    """Cut a run of differences into blocks that take the fewest bytes.

    Args:
        widths: Bits that each sample's differences need.
        channels: Differences per sample.
        room: Bytes for all blocks together.

    Returns:
        (number of samples, width) of each block, and how many samples they hold: as many as fit.
    """
    best = [0]
    back: list[tuple[int, int]] = [(0, 0)]
    for end in range(1, len(widths) + 1):
        widest, cheapest, choice = -1, 1 << 30, (0, 0)
        sample_bits = 0
        for start in range(end - 1, max(-1, end - 1 - _LARGEST_COUNT), -1):
            if widths[start] > widest:
                widest = widths[start]
                sample_bits = widest * channels
            size = best[start] + _BLOCK_HEADER_BYTES + (sample_bits * (end - start) + 7 >> 3)
            if size < cheapest:
                cheapest, choice = size, (start, widest)
        best.append(cheapest)
        back.append(choice)
    held = max(n for n, size in enumerate(best) if size <= room)
    blocks = []
    end = held
    while end > 0:
        start, width = back[end]
        blocks.append((end - start, width))
        end = start
    return blocks[::-1], held


def encode_compressed(
    samples: Sequence[Sample], reference_bytes: int, room: int
) -> tuple[bytes, int]:
    """A reference sample and blocks of differences.

    Args:
        samples: Whole numbers per channel, at least one sample.
        reference_bytes: Bytes of each channel of the reference sample.
        room: Bytes after the header.

    Returns:
        The bytes, and how many of the samples they hold.
    """
    head = encode_plain(samples[:1], reference_bytes)
    differences = [
        [b - a for a, b in zip(before, after, strict=True)]
        for before, after in itertools.pairwise(samples)
    ]
    widths = [max(map(bits_needed, row)) for row in differences]
    blocks, held = plan_blocks(widths, len(samples[0]), room - len(head))
    parts = [head]
    at = 0
    for n, width in blocks:
        parts.append(encode_block(differences[at : at + n], width))
        at += n
    return b"".join(parts), held + 1

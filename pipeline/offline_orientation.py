"""Orientation of a whole track from past and future samples.

The gyroscope alone turns the sensor through each stride, sample by sample; what gravity and the
gyroscope's bias have to say about it changes over seconds. So VQF, forward and backward, runs on
blocks of samples: each block's turn is that of all of its samples, its specific force their mean in
one frame. What it finds is laid between the blocks in straight lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from vqf import BasicVQF, offlineVQF

from pipeline.column_rotation import earth_of
from pipeline.orientation import FloatArray, multiply, to_sensor
from pipeline.track_rows import Rows

BLOCK_S = 0.03
"""Span of a block. Against blocks of one sample the direction of gravity differs by 0.01 degrees."""
BIAS_BLOCK_S = 0.08
"""The same where only the gyroscope's bias is wanted."""
KEPT_BIAS_S = 10.0
_ROWS = 1 << 14
"""Samples that are worked on at once, so that they stay in the processor's cache."""


NO_BIAS: FloatArray = np.zeros(3)
"""Where nothing is known of a gyroscope beforehand."""


def strapdown(rate: Rows, rate_hz: float) -> FloatArray:
    """Orientation by the gyroscope alone, in an earth frame that starts anywhere.

    Args:
        rate: angular rate over the interval before each sample, shape (n, 3), rad/s.
        rate_hz: sampling rate.

    Returns:
        Quaternions, shape (n, 4).
    """
    quat = np.empty((len(rate), 4))
    for a, part in _strapdown_parts(rate, NO_BIAS, rate_hz, _ROWS):
        quat[a : a + len(part)] = part
    return quat


def _strapdown_parts(
    rate: Rows, bias: FloatArray, rate_hz: float, rows: int
) -> Iterator[tuple[int, FloatArray]]:
    """The same less a bias, so many rows at a time, each with the number of its first row."""
    # VQF passes over a specific force of zero, so that nothing but the gyroscope turns it
    nothing = np.zeros((min(len(rate), rows), 3))
    plain = BasicVQF(1.0 / rate_hz)
    for a in range(0, len(rate), rows):
        part = np.ascontiguousarray(rate[a : a + rows] - bias, np.float64)
        yield a, plain.updateBatch(part, nothing[: len(part)])["quat6D"]


class BlockBias:
    """Bias of the gyroscope at each sample, shape (n, 3), rad/s, kept once per block.

    Args:
        blocks: bias of each block, shape (m, 3), m > 0; the last one holds on.
        size: samples in a block.
        count: n.
    """

    def __init__(self, blocks: FloatArray, size: int, count: int) -> None:
        self._blocks, self._size, self._count = blocks, size, count

    def __len__(self) -> int:
        """Number of samples."""
        return self._count

    def __getitem__(self, rows: slice) -> FloatArray:
        """Bias at the samples from start to stop."""
        at = np.arange(*rows.indices(self._count)) // self._size
        bias: FloatArray = self._blocks[np.minimum(at, len(self._blocks) - 1)]
        return bias

    def __setitem__(self, rows: slice, values: FloatArray) -> None:
        """It cannot be changed."""
        raise TypeError("a bias that was found is not changed")


def orientation_offline(
    rate: Rows, acc: Rows, rate_hz: float, known_bias: FloatArray = NO_BIAS
) -> tuple[FloatArray, BlockBias]:
    """Orientation from past and future samples.

    Args:
        rate: angular rate over the interval before each sample, shape (n, 3), rad/s.
        acc: specific force, shape (n, 3), m/s².
        rate_hz: sampling rate.
        known_bias: of the gyroscope, as it was found before these samples, shape (3,), rad/s. Motion does
            not show the part about the vertical.

    Returns:
        Quaternions sensor -> earth, shape (n, 4), and the bias that was found, every `KEPT_BIAS_S`.
    """
    quat = np.empty((len(rate), 4))
    size = _block_size(BLOCK_S, rate_hz, len(rate))
    turns, force, there = block_means(rate, acc, rate_hz, size, known_bias=known_bias, quat=quat)
    filtered = offlineVQF(turns, force, None, size / rate_hz)
    left = multiply(filtered["quat6D"], _conjugate(there))
    # a quaternion and its negative are one rotation; neighbours must not differ in that
    flips = np.cumsum(np.sum(left[1:] * left[:-1], axis=1) < 0.0) % 2 == 1
    left[1:][flips] *= -1.0
    for rows, laid in _laid_between(np.ascontiguousarray(left.T), size, len(quat)):
        _turn(laid, quat[rows])  # neighbours differ by far too little to normalise
    bias: FloatArray = known_bias + filtered["bias"]
    step = min(len(bias), max(1, round(KEPT_BIAS_S * rate_hz / size)))
    return quat, BlockBias(bias[step // 2 :: step].copy(), step * size, len(quat))


def _turn(first: FloatArray, quat: FloatArray) -> None:
    """Turn by rotations afterwards, in place: shape (4, n) and rows of shape (n, 4)."""
    a, b, c, d = first
    w, x, y, z = np.array(quat.T, order="C")  # always a copy
    quat[:, 0] = a * w - b * x - c * y - d * z
    quat[:, 1] = a * x + b * w + c * z - d * y
    quat[:, 2] = a * y - b * z + c * w + d * x
    quat[:, 3] = a * z + b * y - c * x + d * w


def _laid_between(values: FloatArray, size: int, count: int) -> Iterator[tuple[slice, FloatArray]]:
    """Straight lines between the middles of blocks, level before the first and after the last.

    Args:
        values: at the middle of each block, shape (k, m), m at least 1.
        size: samples in a block.
        count: samples in all.

    Yields:
        Slices of the samples, in order, and what lies there, shape (k, n).
    """
    columns, blocks = values.shape
    first = size // 2
    last = first + (blocks - 1) * size
    yield slice(0, first), np.broadcast_to(values[:, :1], (columns, first))
    slopes = np.diff(values, axis=1) / size
    steps = np.arange(size)
    together = max(1, _ROWS // size)
    for a in range(0, blocks - 1, together):
        b = min(blocks - 1, a + together)
        laid = slopes[:, a:b, None] * steps
        laid += values[:, a:b, None]
        yield slice(first + a * size, first + b * size), laid.reshape(columns, -1)
    yield slice(last, count), np.broadcast_to(values[:, -1:], (columns, count - last))


def gyroscope_bias(
    rate: Rows, acc: Rows, rate_hz: float, known_bias: FloatArray = NO_BIAS
) -> BlockBias:
    """Bias of the gyroscope at each sample; arguments as above."""
    size = _block_size(BIAS_BLOCK_S, rate_hz, len(rate))
    turns, force, _ = block_means(rate, acc, rate_hz, size, known_bias=known_bias)
    found: FloatArray = offlineVQF(turns, force, None, size / rate_hz)["bias"]
    return BlockBias(known_bias + found, size, len(rate))


def _block_size(span_s: float, rate_hz: float, count: int) -> int:
    """Odd, so that a block has a middle sample."""
    size = round(span_s * rate_hz) | 1
    return size if size <= count else 1


def block_means(
    rate: Rows,
    acc: Rows,
    rate_hz: float,
    size: int,
    *,
    known_bias: FloatArray = NO_BIAS,
    quat: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut samples into blocks; what is too short for one at the end is left out.

    Args:
        rate: angular rate over the interval before each sample, shape (n, 3), rad/s.
        acc: specific force, shape (n, 3), m/s².
        rate_hz: sampling rate.
        size: samples in a block.
        known_bias: is taken off the rates first, shape (3,), rad/s.
        quat: takes the orientation by the gyroscope alone at each sample, shape (n, 4).

    Returns:
        Constant rates that turn as far as the samples from middle to middle, shape (m, 3), rad/s; mean specific
        forces in sensor axes at the blocks' middles, shape (m, 3), m/s²; orientation by the
        gyroscope alone there, shape (m, 4).
    """
    count = len(rate) // size
    there, mean = np.empty((count, 4)), np.empty((count, 3))
    step = max(1, _ROWS // size) * size
    for a, part in _strapdown_parts(rate, known_bias, rate_hz, step):
        if quat is not None:
            quat[a : a + len(part)] = part
        whole = len(part) // size * size
        if whole:
            blocks = slice(a // size, (a + whole) // size)
            there[blocks] = part[size // 2 : whole : size]
            earth = earth_of(
                np.ascontiguousarray(part[:whole].T), np.ascontiguousarray(acc[a : a + whole].T)
            )
            for axis, force in enumerate(earth):
                mean[blocks, axis] = _means(force, size)
    before = np.concatenate([[[1.0, 0.0, 0.0, 0.0]], there[:-1]])
    turn = multiply(_conjugate(before), there)
    turn[turn[:, 0] < 0.0] *= -1.0
    sine = np.sqrt(np.sum(turn[:, 1:] ** 2, axis=1))
    angle = 2.0 * np.arctan2(sine, turn[:, 0])
    share = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)
    return turn[:, 1:] * (share * rate_hz / size)[:, None], to_sensor(there, mean), there


def _means(values: FloatArray, size: int) -> FloatArray:
    """Mean of each so many values, added up in order."""
    cut = values.reshape(-1, size)
    total = cut[:, 0].copy()
    for column in cut.T[1:]:
        total += column
    total /= size
    return total


def _conjugate(quat: FloatArray) -> FloatArray:
    conjugate: FloatArray = quat * np.array([1.0, -1.0, -1.0, -1.0])
    return conjugate

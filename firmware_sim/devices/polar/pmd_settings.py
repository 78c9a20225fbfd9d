"""Settings and replies of the Polar Measurement Data control point."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum

RESPONSE = 0xF0
FEATURES = 0x0F


class Setting(IntEnum):
    """Identifiers of settings."""

    RATE = 0
    RESOLUTION = 1
    RANGE = 2
    RANGE_MILLI_UNIT = 3
    CHANNELS = 4
    FACTOR = 5
    SECURITY = 6


class Op(IntEnum):
    """Requests."""

    GET_SETTINGS = 1
    START = 2
    STOP = 3


class Status(IntEnum):
    """Outcomes of requests."""

    SUCCESS = 0
    INVALID_OP_CODE = 1
    INVALID_MEASUREMENT_TYPE = 2
    NOT_SUPPORTED = 3
    INVALID_LENGTH = 4
    INVALID_PARAMETER = 5
    ALREADY_IN_STATE = 6
    INVALID_RESOLUTION = 7
    INVALID_SAMPLE_RATE = 8
    INVALID_RANGE = 9
    INVALID_MTU = 10
    INVALID_NUMBER_OF_CHANNELS = 11
    INVALID_STATE = 12


_VALUE_BYTES = {
    Setting.RATE: 2,
    Setting.RESOLUTION: 2,
    Setting.RANGE: 2,
    Setting.RANGE_MILLI_UNIT: 4,
    Setting.CHANNELS: 1,
    Setting.FACTOR: 4,
    Setting.SECURITY: 16,
}
_REFUSALS = {
    Setting.RATE: Status.INVALID_SAMPLE_RATE,
    Setting.RESOLUTION: Status.INVALID_RESOLUTION,
    Setting.RANGE: Status.INVALID_RANGE,
    Setting.CHANNELS: Status.INVALID_NUMBER_OF_CHANNELS,
}

Choices = Mapping[Setting, tuple[int, ...]]


class Refused(Exception):
    """A request that gets a status other than success.

    Attributes:
        status: The status.
    """

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


def encode_settings(choices: Choices) -> bytes:
    """Settings as identifier, number of values, values."""
    return b"".join(
        bytes((setting, len(values)))
        + b"".join(v.to_bytes(_VALUE_BYTES[setting], "little") for v in values)
        for setting, values in choices.items()
    )


def encode_factor(factor: float) -> bytes:
    """The factor in the reply to a start."""
    return bytes((Setting.FACTOR, 1)) + struct.pack("<f", factor)


def encode_reply(op: int, measurement: int, status: Status, parameters: bytes = b"") -> bytes:
    """Reply to a request; nothing of ours needs a continuation, so ``more`` is 0."""
    return bytes((RESPONSE, op, measurement, status, 0)) + parameters


def encode_features(measurements: tuple[int, ...]) -> bytes:
    """What the control point reads as: 0x0F and a bitmap of measurement types, 17 bytes."""
    bitmap = sum(1 << m for m in measurements)
    return bytes((FEATURES,)) + bitmap.to_bytes(16, "little")


def parse_choice(parameters: bytes, choices: Choices) -> dict[Setting, int]:
    """The settings of a start request.

    Args:
        parameters: Settings with one value each.
        choices: What is possible now.

    Returns:
        One value for each setting that there is to choose.

    Raises:
        Refused: Cut off, unknown or missing settings, or a value that is not possible.
    """
    chosen: dict[Setting, int] = {}
    at = 0
    while at < len(parameters):
        if at + 2 > len(parameters):
            raise Refused(Status.INVALID_LENGTH)
        number, count = parameters[at], parameters[at + 1]
        if number not in _VALUE_BYTES or count != 1:
            raise Refused(Status.INVALID_PARAMETER)
        setting = Setting(number)
        size = _VALUE_BYTES[setting]
        value = parameters[at + 2 : at + 2 + size]
        if len(value) != size:
            raise Refused(Status.INVALID_LENGTH)
        chosen[setting] = int.from_bytes(value, "little")
        at += 2 + size
    for setting, values in choices.items():
        if setting not in chosen:
            raise Refused(Status.INVALID_PARAMETER)
        if chosen[setting] not in values:
            raise Refused(_REFUSALS.get(setting, Status.INVALID_PARAMETER))
    if set(chosen) - set(choices):
        raise Refused(Status.INVALID_PARAMETER)
    return chosen

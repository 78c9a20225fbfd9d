"""Coverage-guided fuzzing of one driver's decoder, run by ``test_fuzz.py`` or by hand.

    python -m tests.sensors.fuzz_driver KIND [libFuzzer options]

Input: groups of {which characteristic u8, milliseconds since the one before u8, length u8, bytes}.
Whatever comes, the decoder gives sound samples or counts damage, and its state stays small. It is an
error to raise anything, to hang, or to grow.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["sensors"]):
    from sensors.drivers.registry import device_for, driver_for, side_kinds
    from sensors.drivers.side_channel import SideChannel
    from sensors.drivers.sig_services import BATTERY_LEVEL
    from sensors.errors import ProtocolError
    from sensors.packet_batch import SyncPoint
    from sensors.sensor_stream import SensorStream

import numpy as np

from tests.sensors.object_size import size_of
from tests.sensors.wire_makers import CASES, WireCase, motion

SIDE_MEASUREMENTS = {
    kind: f"0000{short}-0000-1000-8000-00805f9b34fb"
    for kind, short in (("heart_rate", "2a37"), ("running_speed", "2a53"))
}
MOST_STATE_BYTES = 4_000_000
ALWAYS_LOOKED_AT = 64
"""The state is measured after one input in so many; it takes longer than the decoder."""


def seeds(case: WireCase) -> list[bytes]:
    """True notifications in the form of the input."""
    acc, gyr = motion(case.info.rate_hz, 1.5)
    messages = case.encode(acc, gyr)
    found = []
    for start in range(0, len(messages), 6):
        parts = []
        for uuid, payload, _ in messages[start : start + 6]:
            which = case.characteristics.index(uuid)
            parts.append(bytes((which, 20, min(255, len(payload)))) + payload[:255])
        found.append(b"".join(parts))
    return found


def messages_of(case: WireCase, data: bytes) -> list[tuple[str, bytes, int]]:
    """Notifications in an input."""
    found, at, now_ns = [], 0, 5_000_000_000
    while at + 3 <= len(data):
        which, step_ms, length = data[at], data[at + 1], data[at + 2]
        uuid = case.characteristics[which % len(case.characteristics)]
        now_ns += step_ms**2 * 100_000
        found.append((uuid, data[at + 3 : at + 3 + length], now_ns))
        at += 3 + length
    return found


def run(case: WireCase, data: bytes, *, measure: bool) -> None:
    """Decode one input."""
    driver = driver_for(case.kind)
    messages = messages_of(case, data)
    decoder = driver.decoder(case.info)
    for part in [*decoder.read(messages), *decoder.finish()]:
        if isinstance(part, SyncPoint):
            continue
        batch = part.unpack()
        total = int(batch.count.sum())
        if batch.acc.shape != (total, 3) or batch.gyr.shape != (total, 3):
            raise AssertionError("the counts and the samples do not agree")
        if not (np.isfinite(batch.acc).all() and np.isfinite(batch.gyr).all()):
            raise AssertionError("a sample is no number")
    if measure and size_of(decoder) > MOST_STATE_BYTES:
        raise AssertionError("the state of the decoder is too large")
    stream = SensorStream(case.info)
    for block in stream.push_messages(messages) + stream.finish():
        if not (np.diff(block.time_s) > 0).all():
            raise AssertionError("time stands still or runs back")
    for uuid, payload, _ in messages[:4]:
        driver.health(uuid, payload)
    try:
        driver.decoder(driver.describe(case.info.info, data[:120], sensor_id="S1"))
        driver.decoder(driver.describe(data[:120], case.info.config, sensor_id="S1"))
    except ProtocolError:
        pass


def run_side_channel(device: SideChannel, measurement: str, data: bytes) -> None:
    """Read one measurement; what is no measurement is no reading, and nothing is raised."""
    reading = device.reading(measurement, data)
    if reading is not None and not reading.in_words():
        raise AssertionError("a reading without words")
    device.health(BATTERY_LEVEL, data)


def main() -> None:
    """Fuzz until libFuzzer's options say to stop."""
    kind = sys.argv.pop(1)
    if kind in side_kinds():
        side = device_for(kind)
        assert isinstance(side, SideChannel)
        measurement = SIDE_MEASUREMENTS[kind]
        atheris.Setup(sys.argv, lambda data: run_side_channel(side, measurement, data))
        atheris.Fuzz()
        return
    case = CASES[kind]
    count = 0

    def one_input(data: bytes) -> None:
        nonlocal count
        count += 1
        run(case, data, measure=count % ALWAYS_LOOKED_AT == 0)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

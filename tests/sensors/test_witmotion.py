"""Frames of WitMotion sensors in a stream that joins and splits them anywhere."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.drivers import witmotion_bytes as wire
from sensors.drivers.witmotion import WitMotion
from sensors.sample_block import FLAG_GAP_BEFORE
from sensors.sensor_stream import SensorStream
from sensors.session_info import SensorInfo
from tests.sensors.wire_makers import CASES, WIT_CONFIG, motion, wit_frames

REPLY = b"\x55\x71" + struct.pack("<H8h", 0x64, 385, 0, 0, 0, 0, 0, 0, 0)


def frames(count: int) -> list[bytes]:
    return wit_frames(*motion(200.0, count / 200.0))


def calendar(k: int) -> bytes:
    """Date and time of frame ``k`` at 200 Hz, passing midnight."""
    ms = (86_399_000 + 5 * k) % 86_400_000
    day = 22 if 86_399_000 + 5 * k < 86_400_000 else 23
    seconds = ms // 1000
    return struct.pack(
        "<6BH", 26, 6, day, seconds // 3600, seconds // 60 % 60, seconds % 60, ms % 1000
    )


@given(cuts=st.lists(st.integers(1, 90), min_size=1, max_size=12), length=st.sampled_from([20, 28]))
@settings(max_examples=60, deadline=None)
def test_frames_are_found_however_they_are_cut(cuts: list[int], length: int) -> None:
    """All of them and no other; at most the last one waits for what follows."""
    acc, gyr = motion(200.0, 0.3)
    sent = wit_frames(acc, gyr, calendar if length == 28 else lambda _: b"")
    stream, scanner, found, at = b"".join(sent), wire.FrameScanner(length), [], 0
    turn = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += scanner.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert found == sent[: len(found)]
    assert len(found) >= len(sent) - 1
    assert scanner.resyncs == 0


def test_a_lost_notification_in_the_middle_of_a_frame_costs_its_frames() -> None:
    """Pieces of two frames are not taken for one."""
    sent = frames(60)
    stream = b"".join(sent)
    parts = [stream[k : k + 150] for k in range(0, len(stream), 150)]
    scanner, found = wire.FrameScanner(20), []
    for k, part in enumerate(parts):
        if k != 3:
            found += scanner.feed(part)
    assert all(frame in sent for frame in found)
    assert len(found) >= 60 - 9 - 1
    assert scanner.resyncs == 1


def test_bytes_like_a_header_inside_a_frame_do_not_mislead() -> None:
    tricky = b"\x55\x61" + b"\x55\x61" * 9
    assert len(tricky) == 20
    scanner = wire.FrameScanner(20)
    sent = [*frames(5), tricky, tricky, *frames(5)]
    assert scanner.feed(b"".join(sent)) == sent
    assert scanner.resyncs == 0


@pytest.mark.parametrize("length", [20, 28, 32, 40])
def test_the_length_of_frames_is_seen_with_replies_between(length: int) -> None:
    """Other products of the maker, whose frames mean something else, are told apart."""
    one = b"\x55\x61" + bytes(length - 2)
    assert wire.observed_frame_bytes(one + one) is None
    for stream in (one * 3, b"\x01\x55" + one * 4, (one + REPLY) * 3, one + REPLY + one + one):
        assert wire.observed_frame_bytes(stream) == length


def test_a_register_reply_among_frames_is_no_sample_and_tells_the_charge() -> None:
    stream = SensorStream(CASES["witmotion"].info)
    sent = frames(80)
    messages = []
    for k in range(0, 80, 8):
        payload = (
            b"".join(sent[k : k + 4]) + (REPLY if k == 40 else b"") + b"".join(sent[k + 4 : k + 8])
        )
        messages.append((wire.NOTIFY, payload, round((5 + k / 199) * 1e9)))
    blocks = stream.push_messages(messages) + stream.finish()
    assert sum(len(block) for block in blocks) == 80
    assert stream.counts.damaged == 0
    health = WitMotion().health(wire.NOTIFY, REPLY)
    assert health is not None
    assert health.battery_percent == 60


@pytest.mark.parametrize(
    ("centivolt", "percent"), [(420, 100), (396, 100), (395, 90), (380, 50), (341, 5), (300, 0)]
)
def test_charge_from_the_voltage(centivolt: int, percent: int) -> None:
    assert wire.battery_percent(centivolt) == percent


def test_frames_with_a_calendar_clock_are_counted_by_it() -> None:
    """Also over midnight; a lost notification is a gap of its length."""
    acc, gyr = motion(200.0, 4.0)
    sent = wit_frames(acc, gyr, calendar)
    info = WitMotion().describe(
        b"",
        bytes((28,)) + WIT_CONFIG[1:],
        sensor_id="S1",
        placement=CASES["witmotion"].info.placement,
    )
    assert isinstance(info, SensorInfo)
    stream = SensorStream(info)
    messages = [
        (wire.NOTIFY, b"".join(sent[k : k + 8]), round((5 + (k + 7) / 200) * 1e9))
        for k in range(0, 800, 8)
        if k not in (320, 328, 560)
    ]
    blocks = stream.push_messages(messages) + stream.finish()
    index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
    lost = [*range(320, 336), *range(560, 568)]
    assert np.array_equal(index, np.setdiff1d(np.arange(800), lost))
    assert stream.counts.lost == 24
    assert sum(bool(block.flags[0] & FLAG_GAP_BEFORE) for block in blocks[1:]) == 2

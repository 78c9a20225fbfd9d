"""Made-up Bluetooth links with known true times: connection intervals, queueing, bursts, loss."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import numpy as np

from sensors.packet_batch import SyncPoint
from sensors.sensor_link import GOLDEN, SYNC_PAUSES_S, SYNC_SPACING_S

NOMINAL_HZ = 200.0
MIN_DELAY_S = 0.002
INTERVALS_S = (0.0075, 0.01125, 0.015, 0.03)


EXCHANGES = 8
"""Exchanges of messages in a burst, as the collector makes them."""


@dataclass(frozen=True)
class MadeLink:
    """Packets that arrived over a link.

    Attributes:
        true_s: true session time of the last sample of each packet, shape (p,).
        device_s: the device's time of it, shape (p,).
        arrival_s: arrival of each packet, shape (p,).
        sync: exchanges of messages, if it makes any.
    """

    true_s: np.ndarray
    device_s: np.ndarray
    arrival_s: np.ndarray
    sync: tuple[SyncPoint, ...] = ()


def made_link(
    seconds: float, seed: int, *, counted: bool = False, min_delay_s: float = MIN_DELAY_S
) -> MadeLink:
    """A drawn link: true rate within 0.5 %, clock within 50 ppm, 1 % loss, bursts of 20 to 60 ms.

    Args:
        seconds: length.
        seed: of all draws.
        counted: whether the device has no clock and its samples are counted.
        min_delay_s: delay of the quickest packets.
    """
    rng = np.random.default_rng(seed)
    rate_hz = NOMINAL_HZ * (1 + rng.uniform(-0.005, 0.005))
    ppm = rng.uniform(-50, 50)
    interval_s, per_packet = rng.choice(INTERVALS_S), int(rng.choice([8, 10, 19]))
    queue_s = rng.uniform(0.0005, 0.008)
    packets = int(seconds * rate_hz / per_packet)
    index = (np.arange(packets) + 1) * per_packet
    true_s = index / rate_hz + 1.0
    anchor_s = rng.uniform(0, interval_s)
    event_s = np.ceil((true_s + min_delay_s - anchor_s) / interval_s) * interval_s + anchor_s
    arrival_s = event_s + rng.exponential(queue_s, packets)
    at_s = 0.0
    while at_s < seconds:  # a tenth of the time, everything is late
        at_s += rng.exponential(8.0)
        length_s = rng.uniform(0.2, 2.0)
        late = (true_s > at_s) & (true_s < at_s + length_s)
        arrival_s[late] += rng.uniform(0.02, 0.06, int(late.sum()))
        at_s += length_s
    for stalled in np.flatnonzero(rng.random(packets) < 0.0005):
        until_s = true_s[stalled] + rng.uniform(0.1, 0.27)
        arrival_s[stalled:] = np.maximum(arrival_s[stalled:], until_s)
    arrival_s = np.maximum.accumulate(arrival_s)
    device_s = index / NOMINAL_HZ if counted else 700.0 + (true_s - 1.0) * (1 - ppm * 1e-6)
    kept = rng.random(packets) >= 0.01
    return MadeLink(true_s[kept], device_s[kept], arrival_s[kept])


def locked_link(
    seconds: float,
    seed: int,
    *,
    interval_s: float,
    per_packet: int,
    counted: bool = False,
    exchanges: bool = False,
    before_s: float = MIN_DELAY_S / 2,
    after_s: float = MIN_DELAY_S / 2,
    drift_ppm: float | None = None,
) -> MadeLink:
    """A link of a sensor whose samples follow a crystal: its packets keep their phase to the events.

    Args:
        seconds: length.
        seed: of all draws.
        interval_s: connection interval; 0 for none.
        per_packet: samples in a packet; 200 a second within 50 ppm.
        counted: whether the device has no clock and its samples are counted.
        exchanges: whether it answers exchanges of messages.
        before_s: shortest time that a message needs before the connection event.
        after_s: shortest time from the event to the arrival at the host.
        drift_ppm: how far its clock is off; drawn within 50 when not given.
    """
    rng = np.random.default_rng(seed)
    ppm = rng.uniform(-50, 50)
    rate_hz = NOMINAL_HZ * (1 + (ppm if drift_ppm is None else drift_ppm) * 1e-6)
    packets = int(seconds * rate_hz / per_packet)
    index = (np.arange(packets) + 1) * per_packet
    true_s = index / rate_hz + 1.0
    anchor_s = rng.uniform(0, interval_s) if interval_s else 0.0
    event_s = _next_event(true_s + before_s, interval_s, anchor_s)
    queue_s = rng.uniform(0.0005, 0.008)
    arrival_s = event_s + after_s + rng.exponential(queue_s, packets)
    bursts = []
    at_s = 0.0
    while at_s < seconds:
        at_s += rng.exponential(8.0)
        length_s = rng.uniform(0.2, 2.0)
        late = (true_s > at_s) & (true_s < at_s + length_s)
        arrival_s[late] += rng.uniform(0.02, 0.06, int(late.sum()))
        bursts.append((at_s, at_s + length_s))
        at_s += length_s
    arrival_s = np.maximum.accumulate(arrival_s)
    start_s = 0.0 if counted else 700.0
    device_s = index / NOMINAL_HZ + start_s
    kept = rng.random(packets) >= 0.01
    sync: list[SyncPoint] = []
    if exchanges:
        asked_s = _asked_s(seconds, seed)
        late_s = sum(
            np.where((asked_s > low) & (asked_s < high), rng.uniform(0.02, 0.06, len(asked_s)), 0.0)
            for low, high in bursts
        )
        # a request waits in the host's queue, and for an event; a tenth is sent once more
        ready_s = asked_s + before_s + rng.exponential(queue_s, len(asked_s)) + late_s
        met_s = _next_event(ready_s, interval_s, anchor_s)
        met_s += interval_s * (rng.random(len(asked_s)) < 0.1)
        answered_s = _next_event(met_s + max(0.0005, before_s), interval_s, anchor_s)
        back_s = answered_s + after_s + rng.exponential(queue_s, len(asked_s)) + late_s
        heard_s = met_s + rng.exponential(0.0002, len(asked_s))
        for asked, met, back, good in zip(
            asked_s, heard_s, back_s, rng.random(len(asked_s)) >= 0.01, strict=True
        ):
            device = (met - 1.0) * rate_hz / NOMINAL_HZ + start_s
            if good:
                sync.append(SyncPoint(device, asked - device, back - device))
    return MadeLink(true_s[kept], device_s[kept], arrival_s[kept], tuple(sync))


def _next_event(ready_s: np.ndarray, interval_s: float, anchor_s: float) -> np.ndarray:
    if not interval_s:
        return ready_s
    return np.ceil((ready_s - anchor_s) / interval_s) * interval_s + anchor_s


def _asked_s(seconds: float, seed: int) -> np.ndarray:
    """Times of requests: a burst before the stream and one after each pause, as the collector sends them."""
    starts = [0.5, 1.0]
    for pause_s in chain(SYNC_PAUSES_S, repeat(SYNC_PAUSES_S[-1])):
        starts.append(starts[-1] + pause_s + 0.3)
        if starts[-1] > seconds:
            break
    least_s, most_s = SYNC_SPACING_S
    spacing = least_s + (most_s - least_s) * (
        np.arange(1, EXCHANGES * len(starts) + 1) * GOLDEN % 1.0
    )
    jitter = np.random.default_rng(seed + 77).uniform(0.0, 0.003, len(spacing))
    groups = (spacing + jitter).reshape(len(starts), EXCHANGES)
    return (np.array(starts)[:, None] + np.cumsum(groups, axis=1)).ravel()


def real_bursts(folder: Path, seconds: float, rate_hz: float) -> MadeLink:
    """Samples of a known rate, delayed as those of a real WitMotion sensor were, in a loop.

    Args:
        folder: folder of the real data.
        seconds: length.
        rate_hz: true rate to give the samples; they are counted at 200 Hz.
    """
    log = json.loads((folder / "ble_vectors" / "witmotion_arrival_bursts.json").read_text())
    arrived_ms, frames = np.array(log["vectors"], dtype=float).T
    index = np.cumsum(frames)
    # The real sensor's own line: the one that leaves least delay to spare with none below zero.
    rates = np.linspace(198.0, 200.0, 401)
    spare = [np.mean(_delays(arrived_ms * 1e-3, index / rate)) for rate in rates]
    delay_s = _delays(arrived_ms * 1e-3, index / rates[int(np.argmin(spare))])
    loops = int(seconds * rate_hz / index[-1]) + 1
    count = np.cumsum(np.tile(frames, loops))
    true_s = count / rate_hz + 1.0
    arrival_s = np.maximum.accumulate(true_s + np.tile(delay_s, loops) + MIN_DELAY_S)
    inside = true_s < seconds
    return MadeLink(true_s[inside], (count / NOMINAL_HZ)[inside], arrival_s[inside])


def _delays(arrival_s: np.ndarray, taken_s: np.ndarray) -> np.ndarray:
    apart = arrival_s - taken_s
    return apart - apart.min()

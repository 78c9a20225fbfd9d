"""From START to STOP: samples cut into packets, kept in the ring, written to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.profile import packets as wire
from firmware_sim.profile.characteristics import (
    MAX_SAMPLES_PER_PACKET,
    RAM_RING_BYTES,
    STREAM_GYRO,
    DeviceConfig,
)
from firmware_sim.profile.sample_ring import Kept, SampleRing
from firmware_sim.profile.sample_stream import SampleStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware_sim.profile.device_time import DeviceTime
    from firmware_sim.profile.sample_stream import SampleSource


class Cut(NamedTuple):
    """One packet's worth of samples.

    Attributes:
        kept: The samples.
        ready_s: Session time of the last one: the packet cannot leave before.
        packet: The packet as it is logged, and sent unless the MTU is too small for it.
        on_air: The notification.
    """

    kept: Kept
    ready_s: float
    packet: bytes
    on_air: bytes


class _Fit(NamedTuple):
    """Samples of a packet with these settings at this MTU; whether it is a short one, and has rates."""

    config: DeviceConfig
    mtu: int
    samples: int
    mini: bool
    gyro: bool


class Acquisition:
    """The samples of one device.

    Args:
        source: Makes the source of counts for a configuration.
        time: The device's clock.
    """

    def __init__(self, source: Callable[[DeviceConfig], SampleSource], time: DeviceTime) -> None:
        self.ring = SampleRing(RAM_RING_BYTES)
        self.started = False
        self.acc_clipped = self.gyro_clipped = 0
        self._make_source = source
        self._time = time
        self._stream: SampleStream | None = None
        self._sequence = 0
        self._hz = 1.0
        self._fit: _Fit | None = None

    @property
    def running(self) -> bool:
        """Whether samples are taken."""
        return self._stream is not None

    @property
    def samples(self) -> int:
        """Samples taken since START."""
        return 0 if self._stream is None else self._stream.index

    def start(self, start_s: float, config: DeviceConfig) -> None:
        """Begin at a session time; counters start at 0 and the ring is empty."""
        self._stream = SampleStream(self._make_source(config), start_s)
        self._hz = self._stream.hz
        self._sequence = self.acc_clipped = self.gyro_clipped = 0
        self.ring.clear()
        self.started = True

    def stop(self) -> None:
        """Take no more samples; the ring stays."""
        self._stream = None

    def reset(self) -> None:
        """Forget everything, as without power."""
        self.stop()
        self.ring.clear()
        self.started = False

    def reconfigure(self, config: DeviceConfig) -> None:
        """Go on with other settings of the same rate from the next sample on."""
        held = self._stream
        if held is not None:
            self._stream = SampleStream(self._make_source(config), held.time_s(), held.index)

    @staticmethod
    def packet_samples(config: DeviceConfig, mtu: int) -> int:
        """Samples of a packet with these settings at an MTU; one for short packets."""
        fit = wire.samples_that_fit(mtu, config.sample_bytes)
        wanted = config.samples_per_packet or MAX_SAMPLES_PER_PACKET
        return max(1, min(fit, wanted))

    def _fit_for(self, config: DeviceConfig, mtu: int) -> _Fit:
        """What a packet holds; worked out when the settings or the MTU have changed, not per packet."""
        fit = self._fit
        if fit is None or fit.config is not config or fit.mtu != mtu:
            mini = wire.samples_that_fit(mtu, config.sample_bytes) == 0
            both = bool(config.stream_mask & STREAM_GYRO)
            fit = _Fit(config, mtu, self.packet_samples(config, mtu), mini, both)
            self._fit = fit
        return fit

    def ready_s(self, config: DeviceConfig, mtu: int) -> float | None:
        """Session time at which the next packet is complete; None while nothing is taken."""
        if self._stream is None:
            return None
        return self._stream.time_s(self._fit_for(config, mtu).samples - 1)

    def cut(self, config: DeviceConfig, mtu: int, flags: int) -> Cut:
        """Take the next packet's worth.

        Args:
            config: Settings in force.
            mtu: ATT MTU in force.
            flags: Flag bits besides those for clipping.
        """
        if self._stream is None:
            raise RuntimeError("no samples are taken")
        fit = self._fit_for(config, mtu)
        run = self._stream.take(fit.samples)
        if run.acc_clipped or run.gyro_clipped:
            self.acc_clipped += run.acc_clipped
            self.gyro_clipped += run.gyro_clipped
            flags |= wire.FLAG_ACC_CLIP * (run.acc_clipped > 0)
            flags |= wire.FLAG_GYRO_CLIP * (run.gyro_clipped > 0)
        counts = run.counts if fit.gyro else run.counts[:, :3]
        kept = Kept(run.first, run.grid, counts, flags, config.cfg_id)
        packet = self.encode(kept, self._sequence)
        self._sequence += 1
        on_air = (
            wire.encode_mini_packet(
                index=run.first,
                device_time_us=self._at_us(run.grid),
                counts=run.counts,
                flags=flags,
            )
            if fit.mini
            else packet
        )
        self.ring.append(kept)
        return Cut(kept, (run.grid + len(counts) - 1) / self._hz, packet, on_air)

    def encode(self, kept: Kept, sequence: int) -> bytes:
        """A packet of samples held."""
        return wire.encode_packet(
            cfg_id=kept.cfg_id,
            sequence=sequence,
            first_index=kept.first,
            device_time_us=self._at_us(kept.grid),
            counts=kept.counts,
            flags=kept.flags,
        )

    def _at_us(self, grid: int) -> int:
        return self._time.at_us(grid / self._hz)

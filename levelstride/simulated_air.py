"""A virtual air with virtual sensors, open to other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_sim import SimulatedSession
from firmware_sim.device import SimDevice
from levelstride.virtual_runner import VirtualRunner
from sensors.errors import SensorError


@asynccontextmanager
async def serve_air(
    runner: VirtualRunner, session: SimulatedSession, address: tuple[str, int]
) -> AsyncIterator[tuple[int, tuple[SimDevice, ...]]]:
    """Keep the sensors of a session in range of whoever joins.

    Args:
        runner: what is worn.
        session: what is done.
        address: where to listen; port 0 takes a free one.

    Yields:
        The port, and the devices on the air.

    Raises:
        SensorError: the address cannot be listened on.
    """
    from bumble.link import LocalLink  # takes half a second

    from sensors.virtual_radio.air_server import AirServer

    link = LocalLink()  # type: ignore[no-untyped-call]
    sensors = runner.sensors(link, session)
    server = AirServer(link, *address)
    try:
        await server.start()
    except OSError as error:
        raise SensorError(
            f"cannot listen at {address[0]}:{address[1]} ({error.strerror or error})",
            remedy="Choose another address or port with --listen",
        ) from error
    try:
        await sensors.start()
        yield server.port, sensors.devices
    finally:
        await server.stop()
        await sensors.stop()

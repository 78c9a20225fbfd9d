"""A virtual air with virtual sensors, open to other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_sim import SimulatedSession, VirtualSensors
from sensors.errors import SensorError


@asynccontextmanager
async def serve_air(session: SimulatedSession, address: tuple[str, int]) -> AsyncIterator[int]:
    """Keep the sensors of a session in range of whoever joins.

    Args:
        session: what is worn and done.
        address: where to listen; port 0 takes a free one.

    Yields:
        The port.

    Raises:
        SensorError: the address cannot be listened on.
    """
    from bumble.link import LocalLink  # takes half a second

    from sensors.virtual_radio.air_server import AirServer

    link = LocalLink()  # type: ignore[no-untyped-call]
    sensors = VirtualSensors(link, session)
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
        yield server.port
    finally:
        await server.stop()
        await sensors.stop()

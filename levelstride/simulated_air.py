"""A virtual air with virtual sensors, open to other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

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


@asynccontextmanager
async def adapters_air(
    runner: VirtualRunner, session: SimulatedSession, names: Sequence[str]
) -> AsyncIterator[tuple[SimDevice, ...]]:
    """Put sensors on the air with real adapters, one each, so that any phone or computer finds them.

    Args:
        runner: what is worn.
        session: what is done.
        names: the adapters, as bumble names its transports: ``usb:0``, ``hci-socket:0``,
            ``serial:/dev/ttyACM0``, ``tcp-client:HOST:PORT``.

    Yields:
        The devices on the air, in the order of the adapters.

    Raises:
        SensorError: an adapter cannot be used.
    """
    from bumble.core import BaseBumbleError
    from bumble.transport import open_transport

    async with AsyncExitStack() as stack:
        transports = []
        for name in names:
            try:
                transports.append(await stack.enter_async_context(await open_transport(name)))
            except Exception as error:  # each transport raises what its library does
                raise SensorError(
                    f"the adapter {name} cannot be used ({str(error) or type(error).__name__})",
                    remedy="Name it as bumble does, for example usb:0 or hci-socket:0; on Linux the"
                    " system's own Bluetooth must let go of it first",
                ) from error
        sensors = runner.sensors(transports, session)
        try:
            await sensors.start()
        except BaseBumbleError as error:
            raise SensorError(
                f"an adapter does not answer as a Bluetooth controller ({error})",
                remedy="Check that no other program uses it",
            ) from error
        try:
            yield sensors.devices
        finally:
            await sensors.stop()

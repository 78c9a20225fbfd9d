"""Where the virtual radio's host finds its controller: in this process, or behind a TCP connection."""

from __future__ import annotations

from typing import Protocol

from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.link import LocalLink
from bumble.transport.common import Transport
from bumble.transport.tcp_client import open_tcp_client_transport

from sensors.errors import SensorError
from sensors.virtual_radio.air_controller import AirController

NAME = "levelstride"


class Attachment(Protocol):
    """A host's way onto the air."""

    async def open(self) -> Device:
        """Make a host, not yet powered on.

        Raises:
            SensorError: there is no way onto the air.
        """

    async def close(self) -> None:
        """Take the host's controller off the air; the host is powered off already."""


def _configuration() -> DeviceConfiguration:
    # Random static: the link addresses data by a controller's random address only.
    return DeviceConfiguration(name=NAME, address=hci.Address.generate_static_address())


class LinkAttachment:
    """A controller in this process.

    Args:
        link: the air, shared with the peripherals.
    """

    def __init__(self, link: LocalLink) -> None:
        self._link = link
        self._controller: AirController | None = None

    async def open(self) -> Device:
        """Make a host with a controller on the link."""
        controller = AirController(f"{NAME} central", self._link)
        self._controller = controller
        return Device.from_config_with_hci(_configuration(), controller, controller)

    async def close(self) -> None:
        """Take the controller off the link."""
        if self._controller is not None:
            self._link.remove_controller(self._controller)
            self._controller = None


class TcpAttachment:
    """A controller in another process, spoken to in H4 over TCP (see :class:`AirServer`).

    Args:
        host: name or address of the machine.
        port: its port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = f"{host}:{port}"
        self._transport: Transport | None = None

    async def open(self) -> Device:
        """Connect, and make a host.

        Raises:
            SensorError: nobody listens there.
        """
        try:
            transport = await open_tcp_client_transport(self._address)
        except OSError as error:
            raise SensorError(
                f"no virtual air at {self._address} ({error.strerror or error})",
                remedy="Start one with `levelstride sim-sensors --listen`, and give its address",
            ) from error
        self._transport = transport
        return Device.from_config_with_hci(_configuration(), transport.source, transport.sink)

    async def close(self) -> None:
        """End the connection; the controller at its other end leaves the air."""
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

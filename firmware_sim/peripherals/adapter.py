"""What a peripheral is put on the air with: a controller on a virtual link, or a real adapter."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from bumble import core, hci
from bumble.controller import Controller

if TYPE_CHECKING:
    from bumble.device import Connection
    from bumble.link import LocalLink
    from bumble.transport.common import Transport

ACL_LENGTH = 251
"""One link-layer packet carries a whole notification; the default of 27 costs four times the CPU."""


class Adapter(Protocol):
    """A Bluetooth controller for one peripheral."""

    source: Any
    """HCI packets from the controller."""
    sink: Any
    """HCI packets to the controller."""

    async def drop(self, connection: Connection) -> None:
        """Lose a link, as after a supervision timeout."""

    def leave(self) -> None:
        """Leave the air; the peripheral is powered off already."""


class LinkAdapter:
    """A virtual controller.

    Args:
        link: The virtual air.
        name: For logs.
    """

    def __init__(self, link: LocalLink, name: str) -> None:
        self._link = link
        self._controller = Controller(name, link=link)
        self._controller.le_acl_data_packet_length = ACL_LENGTH
        self._controller.acl_data_packet_length = ACL_LENGTH
        self.source: Any = self._controller
        self.sink: Any = self._controller

    async def drop(self, connection: Connection) -> None:
        """Both ends find the link lost."""
        ends = {connection.self_address, connection.peer_address}
        for controller in list(self._link.controllers):
            for held in list(controller.le_connections.values()):
                if ends == {held.self_address, held.peer_address}:
                    controller.on_le_disconnected(held, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def leave(self) -> None:
        """Leave the link."""
        self._link.remove_controller(self._controller)


class HciAdapter:
    """A controller behind one of bumble's transports: a dongle, a serial port, a socket.

    Args:
        transport: Open; whoever opened it closes it.
    """

    def __init__(self, transport: Transport) -> None:
        self.source: Any = transport.source
        self.sink: Any = transport.sink

    async def drop(self, connection: Connection) -> None:
        """End the link; over a real radio the host is told so, which is as near as it gets."""
        with suppress(core.BaseBumbleError):  # the host went first
            await connection.disconnect()

    def leave(self) -> None:
        """Nothing: the controller is not ours."""

"""A virtual air that Bluetooth hosts in other processes can join over TCP."""

from __future__ import annotations

import asyncio
from typing import cast

from bumble import core, hci, ll
from bumble.link import LocalLink
from bumble.transport.common import PacketParser

from sensors.virtual_radio.air_controller import AirController

SUPERVISION_S = 0.5
"""From a host's going to its peers' noticing, as the supervision timeout of a real link."""


class _Guest(asyncio.Protocol):
    """One host: HCI packets in H4 framing, to and from a controller of its own."""

    def __init__(self, server: AirServer) -> None:
        self._server = server
        self._parser = PacketParser()
        self._transport: asyncio.Transport | None = None
        self.controller: AirController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.controller = AirController("guest", self._server.link)
        self.controller.set_packet_sink(self)
        self._parser.set_packet_sink(self.controller)
        self._server.guests.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except core.InvalidPacketError:
            self.drop()  # it does not speak HCI

    def on_packet(self, packet: bytes) -> None:
        """Send one packet of the controller to the host."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)

    def drop(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._transport = None
        if self.controller is None:
            return
        self.controller.set_packet_sink(None)
        self.controller.le_legacy_advertiser.stop()
        for advertising in self.controller.advertising_sets.values():
            advertising.stop()
        asyncio.get_running_loop().call_later(SUPERVISION_S, self.leave)

    def leave(self) -> None:
        """Leave the air; whoever was connected notices."""
        controller, self.controller = self.controller, None
        self._server.guests.discard(self)
        if controller is None:
            return
        for connection in list(controller.le_connections.values()):
            connection.send_ll_control_pdu(
                ll.TerminateInd(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            )
        self._server.link.remove_controller(controller)


class AirServer:
    """Gives every host that connects a controller on a virtual link.

    The stream in both directions is HCI in H4 framing (Bluetooth Core 5.4, vol. 4, part A), what a serial
    Bluetooth controller speaks. Anyone who can reach the port can use the air, so it listens on this
    machine only unless told otherwise. A host that goes without a word is taken off the air half a second
    later, as a real link would be.

    Args:
        link: the air.
        host: address to listen on.
        port: port; 0 takes a free one.
    """

    def __init__(self, link: LocalLink, host: str = "127.0.0.1", port: int = 0) -> None:
        self.link = link
        self.guests: set[_Guest] = set()
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port in use, once started."""
        return self._port

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address or port cannot be used.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Guest(self), self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and take all guests off the air."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for guest in tuple(self.guests):
            guest.drop()
            guest.leave()

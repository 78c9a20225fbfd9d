"""The air between the virtual sensors and the box: it notes what passes, drops some, cuts links."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bumble import att, hci
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.common import StreamPacketSink, StreamPacketSource

ACL_LENGTH = 251
BEYOND_BUMBLE = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
"""With these, Linux waits for an event that bumble's controller does not send (bumble issue 841)."""
_SAMPLES_BEGIN_WITH, _SAMPLES_LONGER_THAN = 0x10, 100
_ATT_AT = 4  # after the length and the channel of the L2CAP header


@dataclass(frozen=True, slots=True)
class Passed:
    """A notification that a sensor sent.

    Attributes:
        payload: its value.
        sent_ns: performance counter when it was sent.
        dropped: whether the air swallowed it.
    """

    payload: bytes
    sent_ns: int
    dropped: bool


class Air(LocalLink):  # type: ignore[misc]
    """A virtual link that notes the notifications of each sensor, by the sender's name.

    Attributes:
        passed: notifications by name, in order.
        last_cut_ns: performance counter at the last cut.
        loss: share of the notifications with live samples that is dropped, drawn anew for each.
    """

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        self.passed: dict[str, list[Passed]] = defaultdict(list)
        self.last_cut_ns = 0
        self.loss = 0.0
        self._random = random.Random(seed)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Pass on one L2CAP frame, or do not."""
        if _is_notification(data):
            value = data[_ATT_AT + 3 :]
            drop = carries_samples(value) and self._random.random() < self.loss
            note = Passed(value, time.perf_counter_ns(), drop)
            self.passed[sender_controller.name].append(note)
            if drop:
                return
        # Linux scans under addresses that change. bumble's link would send under the one of the
        # moment, which the other end does not know; a real controller keeps that of the connection.
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, transport, data
            )

    def cut(self, name: str) -> None:
        """End all links of a controller as if it had gone out of range: nobody says goodbye."""
        self.last_cut_ns = time.perf_counter_ns()
        for controller in self.controllers:
            if controller.name == name:
                lose_links(self, controller)


def carries_samples(value: bytes) -> bool:
    """Whether a notification of the open profile has live samples; the others are shorter."""
    return len(value) > _SAMPLES_LONGER_THAN and value[0] == _SAMPLES_BEGIN_WITH


def _is_notification(frame: bytes) -> bool:
    return (
        len(frame) > _ATT_AT + 3
        and int.from_bytes(frame[2:4], "little") == att.ATT_CID
        and frame[_ATT_AT] == att.Opcode.ATT_HANDLE_VALUE_NOTIFICATION
    )


def lose_links(air: LocalLink, controller: Controller) -> None:
    """End all Low Energy links of a controller, at both ends, by supervision timeout."""
    reason = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    for connection in list(controller.le_connections.values()):
        other = air.find_le_controller(connection.peer_address)
        controller.on_le_disconnected(connection, reason)
        back: Connection | None = (
            other.le_connections.get(connection.self_address) if other is not None else None
        )
        if other is not None and back is not None:
            other.on_le_disconnected(back, reason)


class _Host(StreamPacketSource):  # type: ignore[misc]
    """One host on the socket: gets a controller when it comes, loses its links when it goes."""

    def __init__(self, air: LocalLink, name: str) -> None:
        super().__init__()
        self._air, self._name = air, name
        self._controller: Controller | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        controller = Controller(
            self._name, host_source=self, host_sink=StreamPacketSink(transport), link=self._air
        )
        controller.le_features &= ~BEYOND_BUMBLE
        controller.le_acl_data_packet_length = ACL_LENGTH
        controller.acl_data_packet_length = ACL_LENGTH
        self._controller = controller

    def connection_lost(self, exc: Exception | None) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.host = None
            lose_links(self._air, controller)
            self._air.remove_controller(controller)


async def serve_controllers(air: LocalLink, socket: Path, name: str) -> asyncio.Server:
    """Give a Bluetooth controller on the air to each host that connects to a socket.

    Args:
        air: the air.
        socket: path of the socket to listen on; HCI packets in UART form (H4) go over it.
        name: for the controllers.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_unix_server(lambda: _Host(air, name), socket)

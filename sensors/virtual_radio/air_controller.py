"""A virtual Bluetooth controller whose connection attempts can be cancelled."""

from __future__ import annotations

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink

ACL_DATA_PACKET_LENGTH = 251
"""Bytes of one link-layer packet. A 244 byte notification fits; with bumble's default of 27 it
would be cut into ten, at four times the processor time."""


class AirController(Controller):
    """A controller that does what real ones do when a connection attempt is called off.

    bumble's own answers "cancelled" and goes on trying, so that the host waits for ever and every
    later attempt is refused.

    Args:
        name: for logs.
        link: the air.
    """

    def __init__(self, name: str, link: LocalLink) -> None:
        super().__init__(name, link=link)
        self.le_acl_data_packet_length = ACL_DATA_PACKET_LENGTH
        self.acl_data_packet_length = ACL_DATA_PACKET_LENGTH

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """End the pending attempt (Bluetooth Core 5.4, vol. 4, part E, 7.8.13)."""
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address.address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

"""The adapter's switch, as a desktop's Bluetooth settings press it."""

from __future__ import annotations

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus


async def set_powered(address: str, *, on: bool) -> None:
    """Switch the adapter on or off, over the message bus at an address."""
    bus = await MessageBus(address, BusType.SYSTEM).connect()
    try:
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path="/org/bluez/hci0",
                interface="org.freedesktop.DBus.Properties",
                member="Set",
                signature="ssv",
                body=["org.bluez.Adapter1", "Powered", Variant("b", on)],
            )
        )
        assert reply is not None
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()

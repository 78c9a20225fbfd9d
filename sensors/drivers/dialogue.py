"""Requests to a sensor and its answers, on a characteristic that notifies."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, TypeVar

from sensors.drivers.base import Receive
from sensors.errors import SensorError

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic

ANSWER_TIMEOUT_S = 3.0

Answer = TypeVar("Answer")


class Dialogue:
    """A conversation with one sensor; made by :func:`dialogue`.

    Args:
        client: connected client.
    """

    def __init__(self, client: BleakClient) -> None:
        self._client = client
        self._hear: Callable[[bytes], None] | None = None

    def take(self, payload: bytes) -> None:
        """Take a notification, which may be an answer."""
        if self._hear is not None:
            self._hear(payload)

    async def ask(
        self,
        characteristic: str,
        request: bytes,
        read: Callable[[bytes], Answer | None],
        *,
        what: str,
        timeout_s: float | None = None,
    ) -> Answer:
        """Write a request and wait for the answer to it.

        Args:
            characteristic: where to write.
            request: the bytes.
            read: makes a value of a notification; None when it is not the answer.
            what: the request in words, for messages.
            timeout_s: longest wait; ``ANSWER_TIMEOUT_S`` when None.

        Raises:
            SensorError: no answer came, or what ``read`` raises.
        """
        import asyncio  # who only reads recordings has no need of it

        longest_s = ANSWER_TIMEOUT_S if timeout_s is None else timeout_s
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def hear(payload: bytes) -> None:
            if answer.done():
                return
            try:
                found = read(payload)
            except SensorError as error:
                answer.set_exception(error)
                return
            if found is not None:
                answer.set_result(found)

        self._hear = hear
        try:
            await self._client.write_gatt_char(characteristic, request)
            async with asyncio.timeout(longest_s):
                return await answer
        except TimeoutError:
            raise SensorError(
                f"no reply to {what} within {longest_s:g} s",
                where=self._client.address,
                remedy="Switch the sensor off and on",
            ) from None
        finally:
            self._hear = None


@contextlib.asynccontextmanager
async def dialogue(
    client: BleakClient, characteristic: str, *, receive: Receive | None = None, stay: bool = False
) -> AsyncIterator[Dialogue]:
    """Listen to a characteristic while talking to the sensor.

    Args:
        client: connected client.
        characteristic: UUID of the characteristic that answers.
        receive: gets all its notifications, too.
        stay: stay subscribed afterwards, unless the conversation failed.
    """
    talk = Dialogue(client)

    def on_notification(_: BleakGATTCharacteristic, value: bytearray) -> None:
        payload = bytes(value)
        if receive is not None:
            receive(characteristic, payload)
        talk.take(payload)

    await client.start_notify(characteristic, on_notification)
    held = False
    try:
        yield talk
        held = stay
    finally:
        if not held and client.is_connected:
            await client.stop_notify(characteristic)

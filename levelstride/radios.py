"""The radio that a command uses: the host's adapter, or a virtual one with virtual sensors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_sim import SimulatedSession
from levelstride.radio_name import RadioName
from levelstride.virtual_runner import VirtualRunner
from pipeline.live_session import RadioSource
from sensors.radio import HostRadio, Radio, VirtualRadio


@asynccontextmanager
async def host_radio() -> AsyncIterator[Radio]:
    """This machine's Bluetooth adapter."""
    radio = HostRadio()
    try:
        yield radio
    finally:
        await radio.close()


@asynccontextmanager
async def virtual_radio(
    session: SimulatedSession, runner: VirtualRunner | None = None
) -> AsyncIterator[Radio]:
    """A virtual radio, with the sensors of a virtual runner in range."""
    from bumble.link import LocalLink  # takes half a second, and the host's radio does without

    link = LocalLink()  # type: ignore[no-untyped-call]
    sensors = (runner or VirtualRunner()).sensors(link, session)
    radio = VirtualRadio(link)
    await sensors.start()
    try:
        yield radio
    finally:
        await radio.close()
        await sensors.stop()


@asynccontextmanager
async def remote_radio(address: tuple[str, int]) -> AsyncIterator[Radio]:
    """The virtual air of another process."""
    radio = VirtualRadio(address)
    try:
        yield radio
    finally:
        await radio.close()


def radio_source(
    radio: RadioName, *, runner: VirtualRunner | None = None, seconds: float = 60.0
) -> RadioSource:
    """What gives the radio of a session.

    Args:
        radio: which one.
        runner: who runs there, for ``sim``.
        seconds: planned length; the virtual runner goes on beyond it.
    """
    if radio.kind == "host":
        return host_radio
    if radio.kind == "tcp":
        return lambda: remote_radio(radio.address)
    who = runner or VirtualRunner()
    session = who.session(None if who.scenario else max(60.0, seconds), quick=True)
    return lambda: virtual_radio(session, who)

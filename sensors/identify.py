"""Making one sensor show itself, by light or buzzer."""

from __future__ import annotations

import contextlib

from sensors.errors import ProtocolError, SensorError, SensorNotFound, UnsupportedDevice
from sensors.radio import Radio
from sensors.scan import RADIO_ERRORS, look_around


async def identify(radio: Radio, wanted: str, seconds: float = 5.0) -> str:
    """Make a sensor show itself.

    Args:
        radio: where to look.
        wanted: its name, serial or address, as :func:`sensors.scan.scan` lists them.
        seconds: longest scan.

    Returns:
        Its name.

    Raises:
        SensorNotFound: it is not in range.
        SensorError: the radio cannot scan, the link failed, or the sensor refused.
    """
    for seen in await look_around(radio, seconds):
        try:
            async with radio.client(seen.device) as client:
                names = {seen.name, seen.device.address}
                if wanted not in names:
                    with contextlib.suppress(UnsupportedDevice, ProtocolError):  # a stranger's
                        names.add((await seen.driver.read_identity(client)).sensor_id)
                if wanted not in names:
                    continue
                if not await seen.driver.identify(client):
                    raise SensorError(
                        "this kind of sensor cannot be made to show itself",
                        sensor_id=seen.name,
                        remedy="Switch on one sensor after another, and see which one appears",
                    )
                return seen.name
        except RADIO_ERRORS as error:
            if wanted in (seen.name, seen.device.address):
                raise SensorError(
                    f"the link failed ({str(error) or type(error).__name__})",
                    sensor_id=seen.name,
                    remedy="Bring the sensor nearer, and try again",
                ) from error
    raise SensorNotFound(
        f"no sensor {wanted!r} answered within {seconds:g} s",
        remedy="Take its name or id from the list of `levelstride scan`",
    )

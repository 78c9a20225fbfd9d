"""Making a sensor that was just found show itself, without another full scan."""

from __future__ import annotations

from sensors.errors import SensorError, SensorNotFound
from sensors.radio import Radio
from sensors.scan import RADIO_ERRORS, look_around


async def blink(radio: Radio, address: str, seconds: float = 8.0) -> str:
    """Make the sensor at an address show itself, by light or buzzer.

    Args:
        radio: where to look.
        address: as :func:`sensors.scan.scan` lists it.
        seconds: longest look; it ends as soon as the sensor is seen.

    Returns:
        Its name.

    Raises:
        SensorNotFound: it does not answer any more.
        SensorError: the radio cannot scan, the link failed, or the sensor refused.
    """
    for seen in await look_around(radio, seconds, enough=1, wanted=address):
        try:
            async with radio.client(seen.device) as client:
                await seen.driver.identify(client)
        except RADIO_ERRORS as error:
            raise SensorError(
                f"the link failed ({str(error) or type(error).__name__})",
                sensor_id=seen.name,
                remedy="Bring the sensor nearer, and try again",
            ) from error
        return seen.name
    raise SensorNotFound(
        "the sensor does not answer any more",
        sensor_id=address,
        remedy="Switch it on, bring it near, and find the sensors again",
    )

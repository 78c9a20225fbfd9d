"""A scan that takes as long as this computer needs."""

from __future__ import annotations

from sensors.radio import Radio
from sensors.scan import FoundSensor, scan

TRIES = 20


async def scan_for(count: int, radio: Radio, seconds: float = 0.8) -> list[FoundSensor]:
    """Scan until so many sensors were found and could be asked; what the last scan found."""
    found: list[FoundSensor] = []
    for _ in range(TRIES):
        found = await scan(radio, seconds)
        if len(found) >= count and not any(each.message for each in found):
            break
    return found

"""Heart rate straps and arm bands, by the service of the Bluetooth SIG."""

from __future__ import annotations

from sensors.drivers import heart_rate_bytes as wire
from sensors.drivers.side_channel import SideChannel

HEART_RATE = SideChannel(
    "heart_rate",
    wire.SERVICE,
    wire.MEASUREMENT,
    wire.parse_heart_rate,
    not_named=("Polar Sense", "Movesense "),
)

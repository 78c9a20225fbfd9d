"""One driver for each kind of sensor."""

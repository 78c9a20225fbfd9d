"""Movella (Xsens) DOT: floats at 60 Hz on a clock of its own, with synchronisation between sensors."""

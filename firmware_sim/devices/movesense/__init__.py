"""Movesense with the GATT SensorData Protocol: resources by path, references, floats."""

"""Sending recordings to a library elsewhere."""

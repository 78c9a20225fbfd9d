"""A bleak backend over a bumble central on a virtual link."""

from __future__ import annotations

from sensors.radio import VirtualRadio

__all__ = ["VirtualRadio"]

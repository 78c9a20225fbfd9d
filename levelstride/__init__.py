"""levelstride: pelvic drop and tibial rotation at every stride, from Bluetooth IMUs.

The front door: the command line, and for notebooks ``read``, ``simulate``, ``analyze``, ``compare``
and ``export``.

For training and research. Not a medical device.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from levelstride.notebook import Simulation, analyse, analyze, compare, export, read, simulate
    from pipeline.session import Session
    from pipeline.stride import Stride
    from pipeline.stride_table import strides_to_frame
    from sensors.errors import LevelstrideError

__version__ = version("levelstride")
__all__ = [
    "LevelstrideError",
    "Session",
    "Simulation",
    "Stride",
    "__version__",
    "analyse",
    "analyze",
    "compare",
    "export",
    "read",
    "simulate",
    "strides_to_frame",
]

_HOMES = {
    "LevelstrideError": "sensors.errors",
    "Session": "pipeline.session",
    "Simulation": "levelstride.notebook",
    "Stride": "pipeline.stride",
    "analyse": "levelstride.notebook",
    "analyze": "levelstride.notebook",
    "compare": "levelstride.notebook",
    "export": "levelstride.notebook",
    "read": "levelstride.notebook",
    "simulate": "levelstride.notebook",
    "strides_to_frame": "pipeline.stride_table",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the command line starts faster without."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'levelstride' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

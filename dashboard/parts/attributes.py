"""HTML attributes whose names hold a hyphen (``aria-label``, ``data-live``)."""

from __future__ import annotations

from typing import Any


def attributes(**values: str) -> dict[str, Any]:
    """Keyword arguments for a Dash component: ``aria_label`` stands for ``aria-label``."""
    return {name.replace("_", "-"): value for name, value in values.items()}

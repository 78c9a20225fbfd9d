"""Finding a Chromium for browser tests."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_ONE = (
    "no Chromium found: install one (apt-get install chromium) or name it in the environment "
    "variable CHROMIUM"
)


def find_chromium() -> str | None:
    """Path of a Chromium from ``CHROMIUM`` or the search path."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)

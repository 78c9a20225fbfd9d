"""Pages and parts of them as they leave the server: text where no callback changes anything."""

from __future__ import annotations

from typing import Any

from dashboard.pages import compare, session, sessions
from dashboard.still import still

ANSWERED_IDS = session.ANSWERED_IDS | sessions.ANSWERED_IDS | compare.ANSWERED_IDS
"""Elements that callbacks read or fill, on all pages."""


def finished(part: Any) -> Any:
    """A page or part as it is sent; see ``still``."""
    return still(part, ANSWERED_IDS)

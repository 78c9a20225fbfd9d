"""Checks of a page in a browser: accessibility and width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def accessibility_problems(page: Any) -> list[str]:
    """Serious and critical findings of axe-core, one line each."""
    # Evaluating the text, not adding a script element: the page's policy forbids the latter.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert len(result["passes"]) > 10, "axe-core did not look at the page"
    return [
        f"{finding['id']} ({finding['impact']}): {node['target']} {node['failureSummary']}"
        for finding in result["violations"]
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]


def overflow_px(page: Any) -> int:
    """How much wider the page is than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def fits_phone(page: Any) -> None:
    """Make the window a phone's, and wait until nothing is wider; times out when something stays."""
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    page.set_viewport_size(DESKTOP)

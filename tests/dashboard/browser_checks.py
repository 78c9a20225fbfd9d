"""Checks of a page in a browser: accessibility and width."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 360, "height": 740}
LOOKS = 20
BETWEEN_LOOKS_MS = 500
"""What is wrong is looked at again so often: on a busy computer a page is in between states for a while."""
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def last_look(page: Any, look: Callable[[], Found], is_fine: Callable[[Found], bool]) -> Found:
    """Look until what is found is fine, or for some ten seconds; the last that was found."""
    found = look()
    for _ in range(LOOKS):
        if is_fine(found):
            break
        page.wait_for_timeout(BETWEEN_LOOKS_MS)
        found = look()
    return found


def accessibility_problems(page: Any) -> list[str]:
    """Serious and critical findings of axe-core that stay, one line each."""
    return last_look(page, lambda: _found_by_axe(page), lambda problems: not problems)


def _found_by_axe(page: Any) -> list[str]:
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
    """How much wider the page stays than the window."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return last_look(page, lambda: int(page.evaluate(wider)), lambda px: px <= 0)


def fits_phone(page: Any) -> None:
    """Make the window a phone's, and wait until nothing is wider; times out when something stays."""
    page.set_viewport_size(SMALL_PHONE)
    page.wait_for_function(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    page.set_viewport_size(DESKTOP)


def unfold(page: Any) -> None:
    """Open everything that is folded away."""
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )


def drag_over(place: Any, start: float, end: float) -> None:
    """Draw a stretch over an element with the mouse, from left to right.

    Args:
        place: locator of the element.
        start: where the button goes down, as a share of the width.
        end: where it is let go.
    """
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    mouse = place.page.mouse
    middle = box["y"] + box["height"] / 2
    mouse.move(box["x"] + start * box["width"], middle)
    mouse.down()
    mouse.move(box["x"] + end * box["width"], middle, steps=4)
    mouse.up()


def drop_files(page: Any, selector: str, paths: list[Path]) -> None:
    """Drop files on an element, as a hand with a mouse does."""
    files = [
        {"name": path.name, "data": base64.b64encode(path.read_bytes()).decode()} for path in paths
    ]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const file of files) {
                const bytes = Uint8Array.from(atob(file.data), sign => sign.charCodeAt(0));
                transfer.items.add(new File([bytes], file.name));
            }
            return transfer;
        }""",
        files,
    )
    page.dispatch_event(selector, "dragover", {"dataTransfer": transfer})
    page.dispatch_event(selector, "drop", {"dataTransfer": transfer})

"""How a page looked when somebody last looked at it, and how it looks now.

In ``looks/`` lie, for each state of a page, a picture a sixteenth as wide and as high as the window, and one
list of the parts that are seen, with their places. Small pictures forgive what differs between versions of a browser
(a pixel here or there, the smoothing of letters) and show what does not: a part that has moved, grown,
gone or changed its colour. Letters of another font take other room, so with other fonts only the order of
the parts is compared.

``LEVELSTRIDE_LOOKS=renew pytest tests/dashboard/test_live_states.py tests/dashboard/test_setup_states.py`` takes
today's looks as the ones to keep; look at them first (``LEVELSTRIDE_SCREENSHOTS=folder`` keeps them in full size).
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.dashboard.browser_checks import last_look

FOLDER = Path(__file__).parent / "looks"
LAYOUTS = FOLDER / "layouts.json"
RENEW_VARIABLE = "LEVELSTRIDE_LOOKS"
SCREENSHOTS_VARIABLE = "LEVELSTRIDE_SCREENSHOTS"
SMALLER = 16
MOST_MEAN = 4.0
"""Mean difference of small pictures, of 255."""
MOST_SHARE = 0.02
"""Share of their pixels that may differ clearly."""
CLEARLY = 40
MOST_MOVED_PX = 6
SAME_FONT = 0.004
"""Texts of one font differ in width by less than this share."""
OTHER_FONT = (
    "the font is not that of the pictures: only which parts there are was compared, and their order"
)
CHANGING = ("#live-elapsed", "#live-stale", "#live-cue")
"""Parts that change with time, and are left out."""
Picture = npt.NDArray[np.int16]
Layout = dict[str, Any]

_SEEN = """
() => {
  const parts = {};
  for (const element of document.querySelectorAll("#main [id], header, #main h1, #main h2")) {
    const box = element.getBoundingClientRect();
    const seen = box.width > 0 && box.height > 0 && box.top < window.innerHeight && element.checkVisibility();
    if (!seen || element.closest("svg")) continue;
    const heading = element.tagName === "HEADER" ? "" : ` ${element.textContent.slice(0, 40)}`;
    parts[element.id || `${element.tagName.toLowerCase()}${heading}`] =
      [box.left, box.top, box.width, box.height].map(Math.round);
  }
  const probe = document.createElement("span");
  probe.textContent = "Handgloves 0123456789";
  probe.style.cssText = "position:absolute;font-size:100px;white-space:nowrap";
  document.body.append(probe);
  const width = probe.getBoundingClientRect().width;
  probe.remove();
  return { font: width, parts: parts };
}
"""


def small(picture: bytes) -> Picture:
    """A screenshot made small, shape (h, w, 3), 0 to 255."""
    with Image.open(BytesIO(picture)) as image:
        size = (image.width // SMALLER, image.height // SMALLER)
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), np.int16)


def difference(before: Picture, now: Picture) -> str:
    """What is wrong with a small picture against the one before; empty when nothing is."""
    if before.shape != now.shape:
        return f"its size is {now.shape}, it was {before.shape}"
    apart = np.abs(before - now)
    mean, share = float(apart.mean()), float((apart.max(axis=2) > CLEARLY).mean())
    if mean > MOST_MEAN or share > MOST_SHARE:
        return (
            f"it differs by {mean:.1f} of 255 in the mean, and clearly in {share:.1%} of its parts"
        )
    return ""


def moved(before: Layout, now: Layout) -> list[str]:
    """Which parts are elsewhere, gone or new; with other fonts, which are in another order."""
    if set(before["parts"]) != set(now["parts"]):
        odd = sorted(set(before["parts"]) ^ set(now["parts"]))
        return [f"{name}: {'gone' if name in before['parts'] else 'new'}" for name in odd]
    if not same_font(before, now):
        tops = [
            sorted(layout["parts"], key=lambda n: layout["parts"][n][1]) for layout in (before, now)
        ]
        return [] if tops[0] == tops[1] else ["the parts are in another order"]
    return [
        f"{name}: {box}, it was {before['parts'][name]}"
        for name, box in now["parts"].items()
        if max(abs(a - b) for a, b in zip(box, before["parts"][name], strict=True)) > MOST_MOVED_PX
    ]


def same_font(before: Layout, now: Layout) -> bool:
    """Whether both were written with the same font."""
    return bool(abs(now["font"] / before["font"] - 1.0) < SAME_FONT)


def keep(page: Any, name: str) -> bytes:
    """A picture of the window, which is also kept in full size where a folder is named for them."""
    picture: bytes = page.screenshot()
    folder = os.environ.get(SCREENSHOTS_VARIABLE)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(picture)
    return picture


class Looks:
    """The looks of one test, against those that are kept."""

    def __init__(self) -> None:
        self.other_font = False
        self._renew = os.environ.get(RENEW_VARIABLE) == "renew"
        self._kept: dict[str, Layout] = (
            json.loads(LAYOUTS.read_text(encoding="utf-8")) if LAYOUTS.exists() else {}
        )

    def problems(self, page: Any, name: str) -> list[str]:
        """What stays otherwise than it was; empty when nothing does."""
        return last_look(page, lambda: self._problems(page, name), lambda found: not found)

    def _problems(self, page: Any, name: str) -> list[str]:
        self.other_font = False
        page.evaluate(
            "hide => hide.forEach(s => document.querySelectorAll(s).forEach(e => e.style.display = 'none'))",
            CHANGING,
        )
        page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        layout, picture = page.evaluate(_SEEN), keep(page, name)
        if self._renew:
            self._keep(name, layout, picture)
            return []
        if name not in self._kept:
            return [f"{name}: no look is kept"]
        before = self._kept[name]
        found = moved(before, layout)
        if same_font(before, layout):
            found += filter(None, [difference(_read(name), small(picture))])
        else:
            self.other_font = True
        return [f"{name}: {problem}" for problem in found]

    def _keep(self, name: str, layout: Layout, picture: bytes) -> None:
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(small(picture).astype(np.uint8)).save(FOLDER / f"{name}.png", optimize=True)
        self._kept[name] = layout
        rows = [
            f"{json.dumps(each)}: {json.dumps(self._kept[each], sort_keys=True)}"
            for each in sorted(self._kept)
        ]
        LAYOUTS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def _read(name: str) -> Picture:
    with Image.open(FOLDER / f"{name}.png") as image:
        return np.asarray(image.convert("RGB"), np.int16)

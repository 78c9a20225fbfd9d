"""Charts of the report as SVG: few marks, plain text, no script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from dashboard.language import decimal

FONT = "'DejaVu Sans', 'Liberation Sans', sans-serif"
INK = "#222222"
FAINT = "#c6ccd2"
Array = npt.NDArray[np.float64]


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers that cover a range.

    Args:
        low: lower end.
        high: upper end, above ``low``.
        count: about how many.
    """
    raw = (high - low) / max(1, count)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick's number with as many decimals as its step needs."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.{decimals}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return decimal(text).replace("-", "−")


class SvgChart:
    """A chart with two axes.

    Args:
        width: of the drawing, in its own units (printed as points).
        height: of the drawing.
        x: lowest and highest value of the horizontal axis.
        y: the same of the vertical axis.
        left: room for the labels on the left.
        title: what the chart shows, for those who cannot see it.
    """

    def __init__(
        self,
        width: float,
        height: float,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        left: float = 42.0,
        title: str = "",
    ) -> None:
        self._size = (width, height)
        self._x = _widened(x)
        self._y = _widened(y)
        self._left, self._right, self._top, self._bottom = left, width - 8.0, 8.0, height - 30.0
        self._title = title
        self._parts: list[str] = []

    def px(self, value: float) -> float:
        """Horizontal place of a value."""
        low, high = self._x
        return self._left + (value - low) / (high - low) * (self._right - self._left)

    def py(self, value: float) -> float:
        """Vertical place of a value."""
        low, high = self._y
        return self._bottom - (value - low) / (high - low) * (self._bottom - self._top)

    def axes(self, x_label: str, y_label: str, *, y_numbers: bool = True) -> None:
        """Draw axes with round numbers.

        Args:
            x_label: label of the horizontal axis.
            y_label: label of the vertical axis.
            y_numbers: whether the vertical axis has numbers.
        """
        ticks = nice_ticks(*self._x)
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        for value in ticks:
            place = self.px(value)
            self.line((place, self._bottom), (place, self._bottom + 3), INK)
            self.text(place, self._bottom + 12, tick_text(value, step), anchor="middle")
        if y_numbers:
            ticks = nice_ticks(*self._y, 4)
            step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
            for value in ticks:
                place = self.py(value)
                self.line((self._left, place), (self._right, place), FAINT)
                self.text(self._left - 4, place + 3, tick_text(value, step), anchor="end")
        self.line((self._left, self._bottom), (self._right, self._bottom), INK)
        self.text((self._left + self._right) / 2, self._bottom + 25, x_label, anchor="middle")
        if y_label:
            middle = (self._top + self._bottom) / 2
            self._parts.append(
                f'<text x="10" y="{middle:.1f}" text-anchor="middle" '
                f'transform="rotate(-90 10 {middle:.1f})">{escape(y_label)}</text>'
            )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", size: float = 8.0
    ) -> None:
        """Write words at a place of the drawing."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'font-size="{size:g}">{escape(words)}</text>'
        )

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 0.7
    ) -> None:
        """Draw a straight line between places of the drawing."""
        self._parts.append(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
            f'stroke="{colour}" stroke-width="{width:g}"/>'
        )

    def curve(self, x: Array, y: Array, colour: str, *, dashed: bool = False) -> None:
        """Draw a line through points; it breaks where a value is not known."""
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        for run in _known_runs(x, y):
            points = " ".join(f"{self.px(a):.1f},{self.py(b):.1f}" for a, b in run)
            self._parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" '
                f'stroke-width="1.6"{dash}/>'
            )

    def band(self, x: Array, low: Array, high: Array, colour: str, opacity: float = 0.18) -> None:
        """Fill the area between two lines; it breaks where a value is not known."""
        for run in _known_runs(x, low + 0 * high):
            kept = {a for a, _ in run}
            inside = [n for n, value in enumerate(x) if value in kept]
            forth = [f"{self.px(x[n]):.1f},{self.py(high[n]):.1f}" for n in inside]
            back = [f"{self.px(x[n]):.1f},{self.py(low[n]):.1f}" for n in reversed(inside)]
            self._parts.append(
                f'<polygon points="{" ".join([*forth, *back])}" fill="{colour}" '
                f'fill-opacity="{opacity:g}"/>'
            )

    def box(
        self, x: tuple[float, float], y: tuple[float, float], colour: str, opacity: float = 0.15
    ) -> None:
        """Fill a rectangle given in values; what lies outside the axes is cut off."""
        x0, x1 = (min(max(self.px(v), self._left), self._right) for v in x)
        y1, y0 = (min(max(self.py(v), self._top), self._bottom) for v in y)
        self._parts.append(
            f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{max(0.0, x1 - x0):.1f}" '
            f'height="{max(0.0, y1 - y0):.1f}" fill="{colour}" fill-opacity="{opacity:g}"/>'
        )

    def point(self, x: float, y: float, colour: str, *, side: str, hollow: bool = False) -> None:
        """Draw a mark: a circle for the left leg, a triangle for the right one."""
        a, b = self.px(x), self.py(y)
        fill = "#ffffff" if hollow else colour
        style = f'fill="{fill}" stroke="{colour}" stroke-width="1.2"'
        if side == "left":
            self._parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" {style}/>')
        else:
            self._parts.append(
                f'<polygon points="{a:.1f},{b - 3.6:.1f} {a + 3.3:.1f},{b + 2.6:.1f} '
                f'{a - 3.3:.1f},{b + 2.6:.1f}" {style}/>'
            )

    def markup(self) -> str:
        """The drawing as a document of its own."""
        width, height = self._size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="{escape(FONT)}" font-size="8" '
            f'fill="{INK}" role="img"><title>{escape(self._title)}</title>'
            f"{''.join(self._parts)}</svg>"
        )


def _widened(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    return (low, high) if high - low > 1e-9 else (low - 0.5, low + 0.5)


def _known_runs(x: Array, y: Array) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for a, b in zip(x, y, strict=True):
        if math.isfinite(a) and math.isfinite(b):
            runs[-1].append((float(a), float(b)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Marks of the legs with words, as HTML."""
    return " &nbsp; ".join(
        f'<span style="color:{colour}">{sign}</span> {escape(words)}'
        for sign, (words, colour) in zip(("●", "▲"), entries, strict=False)
    )

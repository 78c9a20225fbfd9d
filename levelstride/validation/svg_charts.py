"""Small line charts as SVG text: panels side by side, a legend, round ticks. No plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Values = Sequence[float] | Array
WIDTH, HEIGHT = 300, 210
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 26, 40
REAL, SIMULATED = "#c2410c", "#1d4ed8"


@dataclass
class Line:
    """One curve, or a band between two curves if ``y_high`` is given."""

    x: Values
    y: Values
    colour: str
    label: str = ""
    y_high: Values | None = None
    dashed: bool = False


@dataclass
class Panel:
    """One chart."""

    title: str
    x_label: str
    y_label: str
    lines: list[Line] = field(default_factory=list)
    log_y: bool = False


def _ticks(low: float, high: float) -> list[float]:
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-12)))
    for factor in (1.0, 0.5, 0.2, 0.1):
        if (high - low) / (step * factor) >= 4:
            step *= factor
            break
    return [float(v) for v in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def _panel(p: Panel, left: float) -> list[str]:
    def shown(v: Values) -> Array:
        a = np.asarray(v, dtype=float)
        return np.log10(np.maximum(a, 1e-12)) if p.log_y else a

    xs = np.concatenate([np.asarray(c.x, dtype=float) for c in p.lines])
    ys = np.concatenate([shown(v) for c in p.lines for v in (c.y, c.y_high) if v is not None])
    x0, x1, y0, y1 = xs.min(), xs.max(), ys.min(), ys.max()
    if p.log_y:
        y0 = max(y0, y1 - 4.5)
    pad = 0.04 * (y1 - y0) or 1.0
    y0, y1 = y0 - pad, y1 + pad

    def px(x: Array | float) -> Array:
        return np.asarray(left + LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT))

    def py(y: Array | float) -> Array:
        share = (np.clip(y, y0, y1) - y0) / (y1 - y0)
        return np.asarray(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))

    out = [
        f'<text x="{left + LEFT}" y="16" font-weight="600">{escape(p.title)}</text>',
        (
            f'<text x="{left + (WIDTH + LEFT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">'
            f"{escape(p.x_label)}</text>"
        ),
        (
            f'<text transform="translate({left + 11},{(HEIGHT - BOTTOM + TOP) / 2:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(p.y_label)}</text>'
        ),
    ]
    bottom, end = HEIGHT - BOTTOM, left + WIDTH - RIGHT
    for v in _ticks(x0, x1):
        x = float(px(v))
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}" class="a"/>')
        out.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{v:g}</text>')
    marks = [float(k) for k in range(int(np.ceil(y0)), int(np.floor(y1)) + 1)]
    for v in marks if p.log_y else _ticks(y0, y1):
        y = float(py(v))
        text = f"{10.0**v:g}" if p.log_y else f"{v:g}"
        out.append(f'<line x1="{left + LEFT}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>')
        out.append(f'<text x="{left + LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{text}</text>')
    for c in p.lines:
        xs_px, ys_px = px(np.asarray(c.x, dtype=float)), py(shown(c.y))
        points = [f"{a:.1f},{b:.1f}" for a, b in zip(xs_px, ys_px, strict=True)]
        if c.y_high is not None:
            top = py(shown(c.y_high))
            points += [f"{a:.1f},{b:.1f}" for a, b in zip(xs_px[::-1], top[::-1], strict=True)]
            out.append(
                f'<polygon points="{" ".join(points)}" fill="{c.colour}" fill-opacity="0.18"/>'
            )
        else:
            dash = ' stroke-dasharray="4 3"' if c.dashed else ""
            out.append(
                f'<polyline points="{" ".join(points)}" fill="none" stroke="{c.colour}" '
                f'stroke-width="1.4"{dash}/>'
            )
    out.append(f'<path d="M{left + LEFT},{TOP} V{bottom} H{end}" fill="none" class="a"/>')
    return out


def figure(panels: list[Panel], legend: list[tuple[str, str]], columns: int = 3) -> str:
    """Lay panels out in rows.

    Args:
        panels: The charts.
        legend: (colour, text) pairs below them.
        columns: Panels in a row.

    Returns:
        SVG text.
    """
    rows = -(-len(panels) // columns)
    width, height = WIDTH * min(columns, len(panels)), HEIGHT * rows + 26
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="10.5" fill="#222">'
        ),
        "<style>.a{stroke:#666}.g{stroke:#e5e5e5}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for i, p in enumerate(panels):
        row, column = divmod(i, columns)
        out.append(f'<g transform="translate(0,{row * HEIGHT})">')
        out += _panel(p, column * WIDTH)
        out.append("</g>")
    x = 48.0
    for colour, text in legend:
        out.append(f'<rect x="{x}" y="{height - 17}" width="12" height="8" fill="{colour}"/>')
        out.append(f'<text x="{x + 17}" y="{height - 9}">{escape(text)}</text>')
        x += 34 + 5.6 * len(text)
    out.append("</svg>")
    return "\n".join(out) + "\n"

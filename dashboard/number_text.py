"""Numbers as people read them: decimals and units of the metric registry."""

from __future__ import annotations

import math
from datetime import datetime

from dashboard.language import decimal, moment_text, tr
from pipeline.metrics.registry import METRICS

MISSING = "–"
"""Stands where a number is not known; never zero."""


def metric_text(key: str, value: float) -> str:
    """A metric's value with its decimals, without unit; empty when not known.

    Args:
        key: metric key.
        value: in the unit of the metric; NaN when not known.
    """
    if not math.isfinite(value):
        return ""
    text = f"{value:.{METRICS[key].decimals}f}"
    # "-0.0" would claim a sign that the rounding has removed.
    return decimal(text.removeprefix("-") if float(text) == 0 else text)


def signed_text(key: str, value: float) -> str:
    """A difference in the unit of a metric, always with its sign; empty when not known."""
    text = metric_text(key, value)
    if not text or text.startswith("-"):
        return text.replace("-", "−")
    return f"+{text}" if float(text.replace(",", ".")) else text


def shown_text(key: str, value: float) -> str:
    """A value with unit and a proper minus sign; a dash when not known."""
    text = metric_text(key, value)
    return f"{text.replace('-', '−')}{unit_text(key)}" if text else MISSING


def plain_number(value: float, decimals: int) -> str:
    """A number that belongs to no metric, with a proper minus sign; a dash when not known."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    return decimal(text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")


def unit_text(key: str) -> str:
    """Unit of a metric as it follows a number: no space before a degree sign."""
    unit = tr(METRICS[key].unit)
    return unit if unit.startswith("°") or not unit else f"\N{NO-BREAK SPACE}{unit}"


def name_with_unit(key: str) -> str:
    """Short name of a metric and its unit, as it stands at an axis or over a column."""
    metric = METRICS[key]
    return f"{tr(metric.short_name)} ({tr(metric.unit)})"


def clock_text(seconds: float) -> str:
    """A duration as ``m:ss`` or ``h:mm:ss``."""
    whole = max(0, int(seconds)) if math.isfinite(seconds) else 0
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def date_text(moment: datetime | None) -> str:
    """A date and time in the computer's own time zone; says so when not known."""
    return tr("date not known") if moment is None else moment_text(moment)

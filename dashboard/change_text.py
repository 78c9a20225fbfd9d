"""A change in one plain sentence, in the language of the request."""

from __future__ import annotations

import math

from dashboard.language import tr
from dashboard.number_text import shown_text, signed_text, unit_text
from dashboard.sides import SIDE_STYLES, Side
from pipeline.metrics.registry import METRICS
from pipeline.statistics.estimate import Estimate
from pipeline.statistics.session_series import SessionChange


def interval_text(key: str, estimate: Estimate) -> str:
    """95 % interval of a value: ``4.1 to 6.3°``; empty when not known."""
    low, high = estimate.interval()
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return tr("{low} to {high}", low=shown_text(key, low), high=shown_text(key, high))


def signed_unit(key: str, value: float) -> str:
    """A difference with sign and unit."""
    text = signed_text(key, value)
    return f"{text}{unit_text(key)}" if text else tr("not known")


def change_text(
    key: str, change: float, low: float, high: float, *, against: str, name: str = ""
) -> str:
    """Say a change: how large, how sure, within or beyond error.

    Args:
        key: metric.
        change: in its unit.
        low: lower end of the 95 % interval; NaN when not known.
        high: upper end.
        against: what it is held against, in the language of the request.
        name: what changed; empty takes the metric's name.
    """
    words = {
        "name": name or tr(METRICS[key].name),
        "change": signed_unit(key, change),
        "against": against,
        "low": signed_text(key, low),
        "high": signed_unit(key, high) if math.isfinite(high) else "",
    }
    if not (math.isfinite(low) and math.isfinite(high)):
        return tr("{name}: {change} against {against}; its error is not known.", **words)
    if low > 0.0 or high < 0.0:
        return tr(
            "{name}: {change} against {against} (95 % interval {low} to {high}): beyond error.",
            **words,
        )
    return tr(
        "{name}: {change} against {against} (95 % interval {low} to {high}): within error, not to "
        "be told from no change.",
        **words,
    )


def against_baseline_text(key: str, side: Side, change: SessionChange) -> str:
    """Change of a leg against the runner's own baseline, in one sentence.

    Args:
        key: metric key.
        side: leg.
        change: of this session.
    """
    return change_text(
        key,
        change.change,
        change.low,
        change.high,
        against=tr("own baseline"),
        name=tr(SIDE_STYLES[side].label),
    )

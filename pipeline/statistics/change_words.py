"""A change in one plain sentence: how large, how sure, within or beyond error."""

from __future__ import annotations

import math

from pipeline.metrics.registry import METRICS


def change_sentence(
    key: str, name: str, change: float, interval: tuple[float, float], *, against: str
) -> str:
    """Say a change.

    Args:
        key: metric; its unit and decimals are used where the registry knows it.
        name: what changed; empty takes the metric's name.
        change: unit of the metric.
        interval: 95 % interval of the change; NaN when not known.
        against: what it is held against, ``the baseline``.

    Returns:
        One sentence with a full stop. It names no cause and no verdict on health.
    """
    metric = METRICS.get(key)
    unit = "" if metric is None else metric.unit
    decimals = 1 if metric is None else metric.decimals
    called = name or (key if metric is None else metric.name)
    gap = "" if unit == "°" else " "
    low, high = interval
    amount = f"{change:+.{decimals}f}{gap}{unit}".rstrip()
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{called}: {amount} against {against}; its error is not known."
    spread = f"95 % interval {low:+.{decimals}f} to {high:+.{decimals}f}"
    if low > 0.0 or high < 0.0:
        return f"{called}: {amount} against {against} ({spread}): beyond error."
    return (
        f"{called}: {amount} against {against} ({spread}): within error, "
        "not to be told from no change."
    )

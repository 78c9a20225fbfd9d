"""Writes docs/metrics.md from the registry of metrics.

Run from the root of the project: ``uv run python docs/generate_metrics.py``.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.metrics.definition import MetricDefinition, ReferenceBand
from pipeline.metrics.registry import METRICS

ROOT = Path(__file__).resolve().parent.parent

INTRODUCTION = """\
# Metrics

<!-- Written by docs/generate_metrics.py from pipeline/metrics; change it there. -->

One row of the stride table is one stride of one leg, from foot strike to the next foot strike of
the same foot. These are its numbers. What cannot be known is empty, never zero. For headline
metrics a column `<metric>_se` holds the standard error.

A reference band says where a group of people lay who were measured in a certain way. It is no
target and no verdict. For training and research. Not a medical device.
"""


def metrics_page() -> str:
    """The whole page as Markdown."""
    rows = "\n".join(
        f"| `{m.key}` | {m.name} | {m.unit} | {'yes' if m.has_standard_error else ''} |"
        for m in METRICS.values()
    )
    table = f"| column | name | unit | `_se` |\n|---|---|---|---|\n{rows}\n"
    return "\n".join([INTRODUCTION, table, *(_section(metric) for metric in METRICS.values())])


def _section(metric: MetricDefinition) -> str:
    lines = [f"## {metric.name}", "", f"`{metric.key}`, {metric.unit}", "", metric.definition, ""]
    lines.append(f"- Formula: {metric.formula}")
    if metric.sign:
        lines.append(f"- Sign: {metric.sign}")
    lines.append(f"- Source of the definition: {metric.source}")
    lines.append(f"- What it does not mean: {metric.does_not_mean}")
    if metric.reference_bands:
        lines += [
            "",
            "| people | n | speed | mean ± SD | source | caution |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_band(band, metric) for band in metric.reference_bands]
    if metric.context:
        lines += ["", *(f"- {sentence}" for sentence in metric.context)]
    return "\n".join(lines) + "\n"


def _band(band: ReferenceBand, metric: MetricDefinition) -> str:
    value = f"{band.mean:.{metric.decimals}f} ± {band.sd:.{metric.decimals}f} {metric.unit}"
    return f"| {band.population} | {band.n} | {band.speed} | {value} | {band.source} | {band.caution} |"


if __name__ == "__main__":
    (ROOT / "docs" / "metrics.md").write_text(metrics_page(), encoding="utf-8")

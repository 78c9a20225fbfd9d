"""A session in a few numbers: as one JSON object, and as a table for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.metrics.registry import METRICS
from pipeline.session import Session
from pipeline.stride import SIDES
from pipeline.synopsis import MetricSummary, main_gait, summarise_sides
from pipeline.tasks.repetition import TASK_METRICS, TASK_WORDS, Repetition


def summary_object(session: Session) -> dict[str, Any]:
    """The session as plain JSON values; what is not known is null or absent."""
    gait = main_gait(session.strides)
    return {
        "source": None if session.source is None else str(session.source),
        "session_id": session.session_id,
        "runner": session.runner,
        "started_utc": None if session.started_utc is None else session.started_utc.isoformat(),
        "duration_s": round(session.duration_s, 3),
        "gait": gait,
        "strides": {
            side: {
                "total": sum(s.side == side for s in session.strides),
                "valid": len(session.valid_strides(side)),
            }
            for side in SIDES
        },
        "metrics": {
            side: {
                key: {
                    "median": _plain(summary.median),
                    "robust_sd": _plain(summary.robust_sd),
                    "n": summary.n,
                }
                for key, summary in metrics.items()
            }
            for side, metrics in summarise_sides(session.strides, gait).items()
        },
        "repetitions": [_repetition_object(r) for r in session.repetitions],
        "quality": session.quality,
        "problems": list(session.problems),
        "notes": list(session.notes),
        "provenance": session.provenance,
    }


def print_summary(session: Session, console: Console) -> None:
    """Write the summary as a table, with problems and notes below."""
    gait = main_gait(session.strides)
    sides = summarise_sides(session.strides, gait)
    words = {"run": "running", "walk": "walking", None: "no gait"}[gait]
    counts = ", ".join(f"{len(session.valid_strides(side))} valid {side}" for side in SIDES)
    title = f"{session.duration_s:.0f} s, {words}, {counts} strides"
    table = Table(
        title=title,
        title_justify="left",
        caption="median ± robust SD of the valid strides. For training and research, "
        "not a medical device.",
        caption_justify="left",
    )
    table.add_column("")
    for side in SIDES:
        table.add_column(side, justify="right")
    table.add_column("unit")
    for key, metric in METRICS.items():
        if any(key in sides[side] for side in SIDES):
            cells = [_cell(sides[side].get(key), metric.decimals) for side in SIDES]
            table.add_row(metric.name, *cells, metric.unit)
    if table.rows:
        console.print(table)
    elif session.strides or not session.repetitions:
        console.print(title, highlight=False)
    if session.repetitions:
        console.print(_repetition_table(session.repetitions))
    for problem in session.problems:
        console.print(f"Problem: {problem.removesuffix('.')}.", markup=False, highlight=False)
    for note in session.notes:
        console.print(f"Note: {note.removesuffix('.')}.", markup=False, highlight=False)


def _repetition_object(repetition: Repetition) -> dict[str, Any]:
    return {
        "task": repetition.task,
        "side": repetition.side,
        "number": repetition.number,
        "start_s": round(repetition.start_s, 3),
        "bottom_s": round(repetition.bottom_s, 3),
        "end_s": round(repetition.end_s, 3),
        **{
            key: round(repetition.metrics[key], 4) if key in repetition.metrics else None
            for key in TASK_METRICS
        },
        "valid": repetition.valid,
        "flags": list(repetition.flags),
    }


def _repetition_table(repetitions: Sequence[Repetition]) -> Table:
    table = Table(
        title=f"{len(repetitions)} repetitions on one leg",
        title_justify="left",
        caption="degrees; wobble in degrees per second",
        caption_justify="left",
    )
    for title in ("task", "side", "no.", "start, s", "s"):
        table.add_column(title)
    for name, _ in TASK_METRICS.values():
        table.add_column(name, justify="right")
    for r in repetitions:
        values = (f"{r.metrics[k]:.1f}" if k in r.metrics else "" for k in TASK_METRICS)
        number = f"{r.number}" if r.valid else f"({r.number})"
        table.add_row(
            TASK_WORDS[r.task], r.side, number, f"{r.start_s:.1f}", f"{r.duration_s:.1f}", *values
        )
    return table


def _cell(summary: MetricSummary | None, decimals: int) -> str:
    if summary is None:
        return "not known"
    spread = "" if math.isnan(summary.robust_sd) else f" ± {summary.robust_sd:.{decimals}f}"
    return f"{summary.median:.{decimals}f}{spread}"


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)

"""What was found, as text, JSON and files."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from levelstride.validation.charts import charts
from levelstride.validation.figure import Figure, Summary, summarise
from levelstride.validation.suite import SuiteResult
from levelstride.validation.targets import Outcome, outcomes
from pipeline.errors import OutputError


def all_figures(results: Sequence[SuiteResult]) -> list[Figure]:
    """Figures of all suites."""
    return [figure for result in results for figure in result.figures]


def as_object(results: Sequence[SuiteResult]) -> dict[str, object]:
    """Everything but the single legs, as plain JSON values."""
    summaries = summarise(all_figures(results))
    return {
        "suites": [{"name": r.name, "not_run": r.not_run} for r in results],
        "figures": [asdict(each) for each in summaries],
        "targets": [asdict(each) for each in outcomes(summaries)],
    }


def as_lines(results: Sequence[SuiteResult]) -> list[str]:
    """The tables as text."""
    summaries = summarise(all_figures(results))
    lines: list[str] = []
    for result in results:
        lines += ["", result.name]
        lines += [f"  not run: {part}: {why}" for part, why in result.not_run.items()]
        case = ""
        for each in (s for s in summaries if s.suite == result.name):
            if each.case != case:
                case = each.case
                lines.append(f"  {case}")
            lines.append(f"    {each.quantity:<34} {shown(each)}")
    lines += ["", "targets (the worst leg decides)"]
    for outcome in outcomes(summaries):
        lines.append(f"  {outcome.target:<4}{outcome.verdict:<13}{outcome.words}: {outcome.detail}")
    return lines


def shown(summary: Summary) -> str:
    """Median and worst, or the one figure there is."""
    if summary.kind == "total":
        return f"{summary.worst:.0f}"
    if summary.kind == "share":
        return f"{summary.worst:.1%} ({summary.legs} legs)"
    return f"median {summary.median:.2f}, worst {summary.worst:.2f} ({summary.worst_at})"


def make_folder(folder: Path) -> None:
    """Make the folder that ``write_files`` writes to.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the results cannot be written ({error.strerror or error})",
        path=folder,
        remedy="Check the rights and the free space, or choose another folder",
    )


def write_files(results: Sequence[SuiteResult], folder: Path) -> list[Path]:
    """Write ``figures.csv``, ``summary.csv``, ``targets.csv`` and the charts into a folder.

    Raises:
        OutputError: a file cannot be written.
    """
    figures = all_figures(results)
    summaries = summarise(figures)
    written = []
    try:
        for name, kind, rows in (
            ("figures", Figure, figures),
            ("summary", Summary, summaries),
            ("targets", Outcome, outcomes(summaries)),
        ):
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [f.name for f in fields(kind)], lineterminator="\n")
                writer.writeheader()
                writer.writerows(asdict(row) for row in rows)
            written.append(path)
        for name, text in charts(figures).items():
            path = folder / f"{name}.svg"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return written


def read_figures(path: Path) -> list[Figure]:
    """Figures of a ``figures.csv``."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        Figure(
            r["suite"], r["case"], r["who"], r["side"], r["quantity"], float(r["value"]), int(r["n"])
        )
        for r in rows
    ]  # fmt: skip
    return [figure for figure in found if math.isfinite(figure.value)]

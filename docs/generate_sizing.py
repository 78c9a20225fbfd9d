"""Writes docs/sizing.md from docs/unit_costs.json and the assumptions below.

Change ``ASSUMPTIONS`` and ``SCENARIOS`` to your own, and run from the root of the project:
``python docs/generate_sizing.py``. Needs nothing but Python.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WEEKS_A_YEAR = 365.25 / 7

ASSUMPTIONS: dict[str, tuple[float, str]] = {
    "hours_a_session": (1.0, "length of a session, h"),
    "recording_days": (90.0, "days a recording is kept; then `store retention --recordings-only`"),
    "result_years": (5.0, "years results are kept"),
    "peak": (6.0, "busiest hour over the mean one"),
    "object_usd_gb_month": (0.023, "object store, US$ per GB and month"),
    "database_usd_gb_month": (0.12, "disk of a database, US$ per GB and month"),
    "cpu_usd_hour": (0.04, "one processor, US$ per hour"),
    "put_usd": (0.005 / 1000, "writing one object, US$"),
    "reanalyses_a_year": (2.0, "how often the kept recordings are analysed again"),
}
SCENARIOS: dict[str, tuple[float, float]] = {
    "100 runners": (100, 2.0),
    "a practice: 400": (400, 2.0),
    "a chain: 8000": (8_000, 2.0),
    "100 000 x 4 h a week": (100_000, 4.0),
}
"""Name to runners and hours a week of each."""


def project(runners: float, hours_a_week: float, costs: dict[str, Any]) -> dict[str, float]:
    """Sizes and costs of a scenario."""
    known = {key: value for key, (value, _) in ASSUMPTIONS.items()}
    hour = costs["per_hour"]
    hours = runners * hours_a_week * WEEKS_A_YEAR  # a year
    sessions = hours / known["hours_a_session"]
    kept_share = known["recording_days"] / 365.25
    recordings = hours * kept_share * hour["recording_bytes"]
    results = known["result_years"] * (
        hours * hour["stride_table_bytes"] + sessions * hour["curves_bytes"]
    )
    rows = known["result_years"] * sessions * costs["row_bytes_per_session"]
    cpu_h = (hours * hour["analysis_cpu_s"] + sessions * hour["storing_cpu_s"]) / 3600
    again_h = known["reanalyses_a_year"] * hours * kept_share * hour["analysis_cpu_s"] / 3600
    money = {
        "objects": 12 * known["object_usd_gb_month"] * (recordings + results) / 1e9,
        "database": 12 * known["database_usd_gb_month"] * rows / 1e9,
        "processors": known["cpu_usd_hour"] * (cpu_h + again_h),
        "writes": known["put_usd"] * 3 * sessions,
    }
    return {
        "sessions a day": sessions / 365.25,
        "samples a year": hours * hour["samples"],
        "strides a year": hours * hour["strides"],
        "recordings kept, GB": recordings / 1e9,
        "upload, MB/s in the busiest hour": known["peak"]
        * hours * hour["recording_bytes"] / (365.25 * 86_400) / 1e6,
        "stride tables and curves kept, GB": results / 1e9,
        "database, GB": rows / 1e9,
        "rows of sessions in the database": known["result_years"] * sessions,
        "processors, mean": cpu_h / (365.25 * 24),
        "processors in the busiest hour": known["peak"] * cpu_h / (365.25 * 24),
        "analysing all kept recordings again, processor hours": again_h
        / max(known["reanalyses_a_year"], 1e-9),
        "object store, US$ a year": money["objects"],
        "database's disk, US$ a year": money["database"],
        "processors, US$ a year": money["processors"],
        "writing objects, US$ a year": money["writes"],
        "together, US$ a year": sum(money.values()),
        "a runner, US$ a year": sum(money.values()) / runners,
    }  # fmt: skip


def number(value: float) -> str:
    """Three digits, in words that can be read."""
    if value >= 1e12:
        return f"{value / 1e12:.3g} x 10^12"
    if value >= 1e9:
        return f"{value / 1e9:.3g} x 10^9"
    if value >= 1e6:
        return f"{value / 1e6:.3g} million"
    if value >= 1000:
        return f"{float(f'{value:.3g}'):.0f}"
    return f"{value:.3g}"


def sizing_page() -> str:
    """The whole page as Markdown."""
    costs = json.loads((ROOT / "docs" / "unit_costs.json").read_text("utf-8"))
    hour, how = costs["per_hour"], costs["measured"]
    busy = how["load"] > how["processors"]
    too_high = ": processor times are high rather than low" if busy else ""
    projected = {name: project(*given, costs) for name, given in SCENARIOS.items()}
    rows = list(next(iter(projected.values())))
    lines = [
        "# Sizing",
        "",
        "<!-- Written by docs/generate_sizing.py; change it there. -->",
        "",
        "What a library needs, from costs that were measured and assumptions that are yours to change: edit",
        "`ASSUMPTIONS` and `SCENARIOS` in `docs/generate_sizing.py` and run it.",
        "",
        "## An hour of a run",
        "",
        (
            f"Measured with `benchmarks/unit_costs.py` on a simulated run of {how['seconds']:g} s with three "
            f"sensors at 200 Hz and field faults, scaled to an hour (Python {how['python']}, {how['processor']}, "
            f"load {how['load']:g} on {how['processors']} processors{too_high})."
        ),
        "",
        "| | an hour |",
        "|---|---|",
        f"| samples | {hour['samples'] / 1e6:.2f} million |",
        f"| strides, both legs | {hour['strides']:.0f} |",
        f"| recording | {hour['recording_bytes'] / 1e6:.1f} MB |",
        f"| stride table | {hour['stride_table_bytes'] / 1e6:.2f} MB |",
        f"| mean curves, each session | {hour['curves_bytes'] / 1e3:.0f} kB |",
        f"| signals to draw, on the computer that draws them | {hour['signals_bytes'] / 1e6:.1f} MB |",
        f"| rows in PostgreSQL with indexes, each session | {costs['row_bytes_per_session'] / 1e3:.1f} kB |",
        f"| analysis | {hour['analysis_cpu_s']:.0f} s of one processor |",
        f"| storing, each session | {hour['storing_cpu_s']:.2f} s of one processor |",
        "",
        "## Assumptions",
        "",
        "Prices are round list prices of large providers, without network, people, tax or discounts.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {words} | {value:g} |" for value, words in ASSUMPTIONS.values()),
        "",
        "## Projection",
        "",
        "| | " + " | ".join(projected) + " |",
        "|---" * (len(projected) + 1) + "|",
        *(
            f"| {row} | " + " | ".join(number(projected[name][row]) for name in projected) + " |"
            for row in rows
        ),
        "",
        "Hours a week of each runner: "
        + ", ".join(f"{name}: {hours:g}" for name, (_, hours) in SCENARIOS.items())
        + ".",
        "",
        "- Up to a practice a folder on one computer does; a chain wants PostgreSQL and an object store, and",
        "  one computer for the pages. At 100 000 runners uploads and analyses want several.",
        "- Files are nearly all of the cost: recordings, and the stride tables of several years. Without its",
        "  recording a session's results stay, but cannot be made anew when the science changes.",
        "- Rows in PostgreSQL are those of `benchmarks/store_queries.py`: 34 summaries and 1.5 kB of JSON a",
        "  session.",
        "- Not in the table: serving pages, standby copies, back-ups (as much again as is kept), egress.",
        "- Extrapolated, not run: PostgreSQL beyond some million sessions (partition by month there), the",
        "  behaviour of a real object store under load, and real sensors' noise (recordings may differ by a",
        "  third).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "sizing.md").write_text(sizing_page(), encoding="utf-8")

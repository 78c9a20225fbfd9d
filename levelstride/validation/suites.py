"""The suites by name, and running several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from levelstride.validation.methods import methods
from levelstride.validation.patterns import patterns
from levelstride.validation.put_on_again import put_on_again
from levelstride.validation.real_running import real_running
from levelstride.validation.real_walking import real_walking
from levelstride.validation.sacrum_only import sacrum_only
from levelstride.validation.simulated_people import simulated_run, simulated_walk
from levelstride.validation.single_faults import single_faults
from levelstride.validation.single_leg_tasks import single_leg_tasks
from levelstride.validation.stride_counts import stride_counts
from levelstride.validation.suite import Suite, SuiteOrder, SuiteResult
from levelstride.validation.waveforms import waveforms
from pipeline.analysis import Progress

SUITES: Mapping[str, Suite] = {
    "simulated-run": simulated_run,
    "simulated-walk": simulated_walk,
    "sacrum-only": sacrum_only,
    "tasks": single_leg_tasks,
    "patterns": patterns,
    "waveforms": waveforms,
    "stride-counts": stride_counts,
    "put-on-again": put_on_again,
    "single-faults": single_faults,
    "real-running-motion": real_running,
    "real-walking": real_walking,
    "methods": methods,
}
DEFAULT = ("simulated-run", "simulated-walk", "tasks", "patterns")
"""Suites of a run that names none; they take a minute."""
FULL = (*DEFAULT, "waveforms", "stride-counts", "put-on-again", "single-faults")
"""The same with ``full``: every suite that needs no data."""
QUICK_SEEDS, FULL_SEEDS = 2, 16
SECONDS = 60.0
"""Length of a simulated session: standing, squats and about 35 s of gait."""


def run_suites(
    names: Sequence[str], *, data: Path | None, full: bool, progress: Progress
) -> list[SuiteResult]:
    """Run suites in the order given.

    Args:
        names: out of ``SUITES``.
        data: folder of the real data sets, None when there is none.
        full: more simulated people, all real trials.
        progress: told how far the work is.
    """
    order = SuiteOrder(data, FULL_SEEDS if full else QUICK_SEEDS, SECONDS, full, progress)
    return [SUITES[name](order) for name in names]

"""The accuracy targets of the project, each checked against what the suites found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from levelstride.validation.figure import Summary

Verdict = Literal["held", "not held", "not measured"]
SIMULATED = ("simulated-run", "simulated-walk")
REAL_RUN = ("real-running-motion",)
REAL_WALK = ("real-walking",)
SACRUM = ("sacrum-only",)
FIELD = ("field", "run", "walk")
"""Cases with everyday faults: those of the simulated suites and of the sacrum's."""


@dataclass(frozen=True, slots=True)
class Check:
    """One bound of a target.

    Attributes:
        words: what is bound.
        suites: suites whose figures count; all must have them.
        cases: cases that count; a case of a suite that has none of them does not.
        quantity: what was measured.
        low: smallest value that holds.
        high: largest value that holds, of the size where figures are signed.
    """

    words: str
    suites: tuple[str, ...]
    cases: tuple[str, ...]
    quantity: str
    high: float
    low: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a target or of one bound of it.

    Attributes:
        target: ``A1`` to ``A15``.
        words: what is bound.
        verdict: whether the worst leg keeps it.
        detail: the figures, or why there are none.
    """

    target: str
    words: str
    verdict: Verdict
    detail: str


def _errors(name: str, suites: tuple[str, ...], case: str, **bounds: float) -> list[Check]:
    return [Check(f"{name}{key}", suites, (case,), key, high) for key, high in bounds.items()]


def _sacrum(**bounds: float) -> list[Check]:
    return [
        check
        for gait in ("run", "walk")
        for check in _errors(f"sacrum only, {gait}: ", SACRUM, gait, **bounds)
    ]


CHECKS: Mapping[str, Sequence[Check]] = {
    "A2": _errors(
        "", SIMULATED, "field",
        cpd_peak_rmse_bone_deg=0.8, cpd_peak_mean_error_bone_deg=0.5, cpd_exc_rmse_bone_deg=0.5,
    ),
    "A3": _errors(
        "", SIMULATED, "field",
        tir_exc_rmse_sensor_deg=0.8, tir_exc_rmse_bone_deg=1.8, tir_exc_mean_error_bone_deg=1.2,
    ),
    "A4": _errors(
        "", SIMULATED, "field",
        foot_strike_bias_ms=5.0, foot_strike_sd_ms=8.0, foot_strike_p99_ms=25.0,
    ) + _sacrum(foot_strike_bias_ms=10.0, foot_strike_sd_ms=15.0, foot_strike_p99_ms=45.0),
    "A5": _errors(
        "", SIMULATED, "field",
        toe_off_bias_ms=10.0, toe_off_sd_ms=12.0, contact_time_rmse_ms=14.0,
    ) + _sacrum(contact_time_rmse_ms=20.0),
    "A9": _errors(
        "", (*SIMULATED, *REAL_RUN), "field",
        cpd_peak_online_median_deg=0.2, cpd_peak_online_p95_deg=0.5,
        tir_exc_online_median_deg=0.4, tir_exc_online_p95_deg=1.0,
        foot_strike_online_median_ms=3.0, foot_strike_online_p95_ms=8.0,
    ),
    "A10": [
        Check(f"{short}_{what}_covered, {case}", SIMULATED, (case,), f"{short}_{what}_covered", 0.97, 0.93)
        for case in ("none", "field", "harsh")
        for short in ("cpd_peak", "cpd_exc", "tir_exc")
        for what in ("strides", "sessions")
    ] + [
        Check(f"patterns: {short}_{key}", ("patterns",), ("field",), f"{short}_{key}", high)
        for short in ("cpd", "tir")
        for key, high in (("probability_error", 0.05), ("confident_wrong", 0.02))
    ],
    "A13": _errors(
        "", REAL_RUN, "field",
        cpd_peak_rmse_sensor_deg=0.5, cpd_exc_rmse_sensor_deg=0.5, tir_exc_rmse_sensor_deg=1.0,
    ),
    "A14": [
        Check("tir_exc against skin markers, rmse", REAL_WALK, ("force plates",), "tir_exc_rmse_skin_deg", 3.5)
    ],
    "A15": [
        Check(f"{key}, {case}", REAL_WALK, (case,), key, high)
        for case in ("treadmill", "treadmill, stiff knee", "force plates")
        for key, high in (("foot_strike_bias_ms", 10.0), ("foot_strike_sd_ms", 12.0))
    ] + _errors(
        "sacrum only, ", SACRUM, "treadmill walking, real",
        foot_strike_bias_ms=10.0, foot_strike_sd_ms=20.0,
    ),
}  # fmt: skip
NOT_MEASURED: Mapping[str, Sequence[tuple[str, str]]] = {
    "A1": (("waveform of obliquity, straight and on bends", "no suite compares waveforms"),),
    "A8": (("delay after toe-off", "not a matter of accuracy; see benchmarks/live_cost.py"),),
    "A11": (("sensors put on again", "no suite puts the same person's sensors on twice"),),
    "A12": (("clipping, 3 % loss, clock error one at a time", "only whole levels of faults"),),
    "A13": (("rank correlation of runners", "the data hold one runner"),),
    "A14": (
        ("waveforms against the sensor's own cluster", "no suite compares waveforms"),
        ("skin segment model, drop", "per-stride excursions are stated, not peaks"),
    ),
    "A15": (("side, and misses in 10 000 strides", "hundreds of strides are too few"),),
}
STRIDES_FOR_COUNTS = 10_000


def outcomes(summaries: Iterable[Summary]) -> list[Outcome]:
    """Every bound of A1 to A15, in order; the worst leg decides."""
    found = list(summaries)
    results = []
    for number in range(1, 16):
        target = f"A{number}"
        results += [_checked(target, check, found) for check in CHECKS.get(target, ())]
        if target == "A6":
            words = "missed and extra strides with loss, at most 20 in 10 000"
            results.append(
                _counts(found, target, words, SIMULATED, ("missed_count", "extra_count"), 0.002)
            )
        if target == "A7":
            words = "strides of the wrong foot, sacrum only, at most 1 in 10 000"
            results.append(_counts(found, target, words, SACRUM, ("wrong_foot_count",), 0.0001))
        results += [
            Outcome(target, words, "not measured", why)
            for words, why in NOT_MEASURED.get(target, ())
        ]
    return results


def _checked(target: str, check: Check, summaries: list[Summary]) -> Outcome:
    mine = [
        s
        for s in summaries
        if s.suite in check.suites and s.case in check.cases and s.quantity == check.quantity
    ]
    details = [_words(s) for s in mine]
    missing = sorted(set(check.suites) - {s.suite for s in mine})
    if any(not check.low <= abs(s.worst) <= check.high for s in mine):
        return Outcome(target, check.words, "not held", "; ".join(details))
    if missing:
        details.append(f"not measured: {', '.join(missing)}")
        return Outcome(target, check.words, "not measured", "; ".join(details))
    return Outcome(target, check.words, "held", "; ".join(details))


def _words(summary: Summary) -> str:
    if summary.kind != "spread":
        return f"{summary.suite} {summary.worst:.3g} ({summary.legs} legs)"
    worst = f"{summary.worst:.2f} ({summary.worst_at})"
    return f"{summary.suite} median {summary.median:.2f}, worst {worst}"


def _counts(
    summaries: list[Summary],
    target: str,
    words: str,
    suites: tuple[str, ...],
    wrongs: tuple[str, ...],
    share: float,
) -> Outcome:
    """Wrong strides under field faults; few strides prove a fault, never its absence."""

    def total(quantity: str) -> float:
        return sum(
            s.worst
            for s in summaries
            if s.suite in suites and s.case in FIELD and s.quantity == quantity
        )

    strides, wrong = total("strides_count"), sum(total(key) for key in wrongs)
    detail = f"{wrong:.0f} of {strides:.0f}"
    if wrong > share * max(strides, STRIDES_FOR_COUNTS):
        return Outcome(target, words, "not held", detail)
    if strides < STRIDES_FOR_COUNTS:
        return Outcome(target, words, "not measured", f"{detail}; too few strides to say")
    return Outcome(target, words, "held", detail)

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
COUNTED = ("stride-counts",)


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
class Count:
    """One bound on how often something goes wrong.

    Attributes:
        words: what is bound.
        case: case of ``stride-counts`` that counts.
        wrong: what is counted, without ``_count``.
        of: what it is counted in.
        in_10_000: most that hold.
        least: fewer of ``of`` prove a fault, never its absence.
    """

    words: str
    case: str
    wrong: tuple[str, ...]
    of: str = "strides"
    in_10_000: float = 0.0
    least: int = 10_000


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


SINGLE_FAULTS = ("clipping", "3 % loss in bursts", "clocks 100 ppm off")
CHECKS: Mapping[str, Sequence[Check]] = {
    "A1": [
        Check(f"curve of obliquity, {case}", ("waveforms",), (case,), "obliquity_waveform_rmse_deg", high)
        for case, high in (("straight", 0.15), ("bends", 0.6))
    ] + [Check("drift in 90 min", ("waveforms",), ("straight",), "obliquity_drift_deg", 0.2)],
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
    "A11": [
        Check(f"{short} MDC95, {case}", ("put-on-again",), (case,), f"{short}_mdc95_deg", high)
        for case, bounds in (
            ("another day", (("cpd_exc", 1.4), ("cpd_peak", 2.0), ("tir_exc", 3.0))),
            ("blocks of one run", (("cpd_exc", 1.0), ("cpd_peak", 1.0), ("tir_exc", 1.2))),
        )
        for short, high in bounds
    ],
    "A12": [
        Check(f"{key}, {fault}", ("single-faults",), (f"run, {fault}", f"walk, {fault}"), f"{key}_times", 1.25)
        for fault in SINGLE_FAULTS
        for key in ("cpd_peak_rmse_bone", "cpd_exc_rmse_bone", "tir_exc_rmse_sensor", "tir_exc_rmse_bone")
    ] + [
        Check(f"strides that do not tell, {fault}", ("single-faults",), (f"run, {fault}", f"walk, {fault}"), "silent_count", 0.0)
        for fault in SINGLE_FAULTS[:2]
    ],
    "A13": _errors(
        "", REAL_RUN, "field",
        cpd_peak_rmse_sensor_deg=0.5, cpd_exc_rmse_sensor_deg=0.5, tir_exc_rmse_sensor_deg=1.0,
        cpd_peak_rmse_trial_deg=0.5, cpd_exc_rmse_trial_deg=0.5, tir_exc_rmse_trial_deg=1.0,
    ),
    "A14": [
        Check(f"curve of {name} against its cluster", REAL_WALK, ("clusters",), f"{name}_waveform_rmse_deg", high)
        for name, high in (("obliquity", 1.0), ("tibia", 1.5))
    ] + [
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
COUNTS: Mapping[str, Sequence[Count]] = {
    "A6": [
        *(
            Count(f"missed and extra, {case}", case, ("missed", "extra"), in_10_000=5.0)
            for case in ("steady run", "steady walk")
        ),
        Count(
            "missed and extra, with changes and losses", "changes and losses", ("missed", "extra"),
            in_10_000=20.0,
        ),
        Count(
            "gaps of more than a stride without a flag", "changes and losses", ("unflagged_gaps",),
            of="gaps", least=50,
        ),
    ],
    "A7": [
        Count(f"wrong foot, {words}, {gait}", f"steady {gait}", (f"{sensors}wrong_foot",), f"{sensors}strides", share)
        for gait in ("run", "walk")
        for words, sensors, share in (
            ("all sensors", "", 0.0), ("one shank", "one_shank_", 0.0), ("pelvis alone", "alone_", 1.0),
        )
    ] + [
        Count("wrong foot, all sensors, changes and losses", "changes and losses", ("wrong_foot",)),
        Count("pelvis alone, sides in bouts of under 20 steps", "short bouts", ("sides_before_lock",), least=100)
    ],
}  # fmt: skip
NOT_MEASURED: Mapping[str, Sequence[tuple[str, str]]] = {
    "A8": (
        (
            "delay after toe-off",
            "not a matter of accuracy; see docs/speed.md and benchmarks/live_latency.py",
        ),
    ),
    "A13": (("rank correlation of runners", "the data hold one runner: a rank needs several"),),
    "A14": (("skin segment model, drop", "per-stride excursions are stated, not peaks"),),
    "A15": (("side, and misses in 10 000 strides", "hundreds of strides are too few"),),
}


def outcomes(summaries: Iterable[Summary]) -> list[Outcome]:
    """Every bound of A1 to A15, in order; the worst leg decides."""
    found = list(summaries)
    results = []
    for number in range(1, 16):
        target = f"A{number}"
        results += [_checked(target, check, found) for check in CHECKS.get(target, ())]
        results += [_counted(target, count, found) for count in COUNTS.get(target, ())]
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
    details = [_words(s, len(check.cases) > 1) for s in mine]
    missing = sorted(set(check.suites) - {s.suite for s in mine})
    if any(not check.low <= abs(s.worst) <= check.high for s in mine):
        return Outcome(target, check.words, "not held", "; ".join(details))
    if missing:
        details.append(f"not measured: {', '.join(missing)}")
        return Outcome(target, check.words, "not measured", "; ".join(details))
    return Outcome(target, check.words, "held", "; ".join(details))


def _words(summary: Summary, case: bool) -> str:
    name = f"{summary.suite}, {summary.case}" if case else summary.suite
    if summary.kind != "spread":
        return f"{name} {summary.worst:.3g} ({summary.legs} legs)"
    if summary.legs == 1:
        return f"{name} {summary.worst:.3g} ({summary.worst_at})"
    worst = f"{summary.worst:.2f} ({summary.worst_at})"
    return f"{name} median {summary.median:.2f}, worst {worst}"


def _counted(target: str, count: Count, summaries: list[Summary]) -> Outcome:
    """Few strides prove a fault, never its absence."""

    def total(quantity: str) -> float:
        return sum(
            s.worst
            for s in summaries
            if s.suite in COUNTED and s.case == count.case and s.quantity == f"{quantity}_count"
        )

    of, wrong = total(count.of), sum(total(key) for key in count.wrong)
    detail = f"{wrong:.0f} of {of:.0f}"
    if wrong > count.in_10_000 * 1e-4 * max(of, count.least):
        return Outcome(target, count.words, "not held", detail)
    if of < count.least:
        return Outcome(target, count.words, "not measured", f"{detail}; too few to say")
    return Outcome(target, count.words, "held", detail)

"""The arithmetic of ``validate``'s suites on cases whose answer is known, and with ``--full`` the suites."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim.body.script import Script
from levelstride.validation import suites
from levelstride.validation.cluster_waveforms import waveform_errors
from levelstride.validation.figure import Figure, summarise
from levelstride.validation.lost_samples import lost_stretches, told_of_losses
from levelstride.validation.put_on_again import spreads
from levelstride.validation.single_faults import worsened
from levelstride.validation.stride_counts import counts
from levelstride.validation.suite import SuiteOrder
from levelstride.validation.targets import Outcome
from levelstride.validation.waveforms import curve_figures
from pipeline.stride import Side, Stride
from pipeline.stride_measurement import SHANK_OF
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.pipeline.stride_factory import make_stride

GENERATOR = Path(__file__).resolve().parents[2] / "docs" / "generate_validation.py"


def _block(times_s: np.ndarray, placement: Placement = Placement.SHANK_LEFT) -> SampleBlock:
    n = len(times_s)
    zero = np.zeros((n, 3))
    return SampleBlock(placement, 0, 100.0, times_s, zero, zero, np.zeros(n, np.uint8))


def _stride(start_s: float, side: Side = "left", flags: tuple[str, ...] = ()) -> Stride:
    return replace(
        make_stride(),
        side=side,
        flags=flags,
        foot_strike_s=start_s,
        toe_off_s=start_s + 0.3,
        next_foot_strike_s=start_s + 0.7,
    )


def _truth(strikes_s: np.ndarray) -> pd.DataFrame:
    """Left strides at these times, right ones half a stride later."""
    parts = [
        pd.DataFrame(
            {
                "side": side,
                "gait": "run",
                "valid": True,
                "foot_strike_s": strikes_s + late,
                "toe_off_s": strikes_s + late + 0.3,
                "next_foot_strike_s": strikes_s + late + 0.7,
            }
        )
        for side, late in (("left", 0.0), ("right", 0.35))
    ]
    return pd.concat(parts, ignore_index=True)


def test_missing_samples_are_found_within_and_between_blocks() -> None:
    """Ten samples missing inside a block and five between two: first and last missing time of each."""
    t = np.arange(100) / 100.0
    first = _block(np.concatenate([t[:20], t[30:50]]))
    lost = lost_stretches([first, _block(t[55:]), _block(t, Placement.PELVIS)])
    np.testing.assert_allclose(lost[Placement.SHANK_LEFT], [[0.20, 0.29], [0.50, 0.54]])
    assert lost[Placement.PELVIS].shape == (0, 2)


def test_a_loss_is_silent_only_where_a_valid_stride_does_not_say_so() -> None:
    """Of four strides that a loss touches one is valid without a flag; the other leg's is not touched."""
    lost = {Placement.SHANK_LEFT: np.array([[k + 0.5, k + 0.6] for k in (1.0, 2.0, 3.0, 4.0)])}
    strides = [
        _stride(1.0),
        _stride(2.0, flags=("filled",)),
        _stride(3.0, flags=("gap",)),
        _stride(4.0, flags=("irregular",)),
        _stride(5.0),
        _stride(1.0, side="right"),
    ]
    assert told_of_losses(strides, lost, SHANK_OF) == (4, 1)


def test_strides_are_counted_as_missed_flagged_invented_or_of_the_other_foot() -> None:
    """Twenty true strides: one missed, one flagged, one in a gap, one found between two, one swapped."""
    truth = _truth(1.0 + 0.7 * np.arange(20))
    times_s = (1.0 + 0.7 * np.arange(20)).tolist()
    gap = np.array([[times_s[10] + 0.1, times_s[10] + 0.4]])
    mine = [_stride(t) for n, t in enumerate(times_s) if n not in (3, 5, 10, 15)]
    mine += [_stride(times_s[5], flags=("irregular",)), _stride(times_s[7] + 0.18)]
    mine.append(_stride(times_s[15] + 0.35))
    found = counts(mine, truth, {Placement.SHANK_LEFT: gap}, "left")
    assert found["strides"] == 19
    assert found["in_gaps"] == 1
    assert found["missed"] == 2  # one left out, one begun with the other foot
    assert found["flagged"] == 1
    assert found["extra"] == 2
    assert (
        found["wrong_foot"] == 2
    )  # that one, and the invented one, which is nearer the other foot
    assert found["gaps"] == found["unflagged_gaps"] == 0


@pytest.mark.parametrize(
    ("flags", "unflagged"), [((), 1), (("gap",), 0), (("transition",), 0)], ids=str
)
def test_a_long_gap_passes_only_with_a_flag(flags: tuple[str, ...], unflagged: int) -> None:
    """A gap of 1.2 s that a valid stride reaches into: counted, and unflagged unless that says so."""
    truth = _truth(1.0 + 0.7 * np.arange(10))
    lost = {Placement.PELVIS: np.array([[3.0, 4.2]])}
    strides = [_stride(2.4 + 0.7), _stride(1.0)]
    strides[0] = replace(strides[0], flags=flags, metrics={"cpd_exc_deg": 4.0})
    found = counts(strides, truth, lost, "left")
    assert (found["gaps"], found["unflagged_gaps"]) == (1, unflagged)


def test_the_smallest_detectable_change_is_pooled_within_legs() -> None:
    """SD 1 in one leg and 0 in another, far apart: 1.96 times the root of 2 times 0.5."""
    values: dict[tuple[str, Side, str], Sequence[float]] = {
        ("a", "left", "cpd_exc_deg"): [4.0, 5.0, 6.0],
        ("a", "right", "cpd_exc_deg"): [9.0, 9.0, 9.0],
    }
    found = {f.quantity: f.value for f in spreads(values, "days") if f.who == "all legs"}
    assert found == {"cpd_exc_mdc95_deg": pytest.approx(1.96)}


def test_errors_with_a_fault_are_compared_with_those_without() -> None:
    """Errors of 3 and 4 against 2 and 1: all legs by root mean square, and the worst of each."""
    key = "tir_exc_rmse_bone_deg"
    figures = [
        Figure("single-faults", f"run, {fault}", who, "left", key, value, 10)
        for fault, values in (("everyday", (1.0, 2.0)), ("clipping", (3.0, 4.0)))
        for who, value in zip("ab", values, strict=True)
    ]
    found = {f.who: f.value for f in worsened(figures)}
    assert found == {
        "all legs": pytest.approx(np.sqrt(25.0 / 5.0)),
        "worst leg": pytest.approx(2.0),
    }


def test_a_curve_that_is_off_by_a_degree_in_bends_is_off_nowhere_else() -> None:
    """Left and right curves of a known obliquity; the degree that is added in the bend is found there."""
    rows: list[dict[str, str | float]] = [
        {"activity": "run", "seconds": 30},
        {"activity": "run", "seconds": 30, "bend_radius_m": 36.8, "bend": "left"},
        {"activity": "run", "seconds": 30},
    ]
    t = np.arange(0.0, 90.0, 0.002)
    truth = pd.DataFrame({"time_s": t, "obliquity_deg": 3.0 * np.sin(2.0 * np.pi * t / 0.7)})
    for side, sign in (("left", -1.0), ("right", 1.0)):
        strides = []
        for start_s in np.arange(0.5, 88.0, 0.7).tolist():
            at = start_s + np.linspace(0.0, 0.3, 101)
            curve = sign * 3.0 * np.sin(2.0 * np.pi * at / 0.7) + (30.0 <= start_s < 60.0)
            stride = replace(_stride(start_s), drop_curve_deg=curve.astype(np.float32))
            strides.append(stride)
        figures = curve_figures(strides, truth, Script.from_rows(rows), "a", side)
        found = {(f.case, f.quantity): f.value for f in figures}
        assert found["straight", "obliquity_waveform_rmse_deg"] < 0.01
        assert found["bends", "obliquity_waveform_rmse_deg"] == pytest.approx(1.0, abs=0.01)
        assert found["bends", "obliquity_waveform_offset_deg"] == pytest.approx(1.0, abs=0.01)


def test_a_curve_against_its_cluster_has_no_error_where_it_is_the_same() -> None:
    """A shank that turns inwards and leans, another level of obliquity: no error, and none without cover."""
    t = np.arange(0.0, 4.0, 0.01)
    turn_deg = 6.0 * np.cos(t)
    # shank to lab (z up, walking along x): axial about the long axis first, then leaning forward
    to_lab = Rotation.from_matrix([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    lean = Rotation.from_euler("z", 20.0 * np.sin(t)[:, None], degrees=True)
    quats = (to_lab * lean * Rotation.from_euler("y", -turn_deg[:, None], degrees=True)).as_quat()
    columns = {f"shank_l_sensor_q{c}": quats[:, n] for n, c in enumerate("xyzw")}
    rows = pd.DataFrame(
        {"t_s": t, "pelvis_obliquity_cluster_deg": 5.0 + 2.0 * np.sin(t), **columns}
    )
    names = ("seg_x_ant", "seg_y_up", "seg_z_right")
    axes = {
        f"{name}_in_sensor_{c}": float(n == k)
        for n, name in enumerate(names)
        for k, c in enumerate("xyz")
    }
    at = 1.0 + np.linspace(0.0, 0.3, 101)
    inwards = 6.0 * np.cos(at) - 6.0 * np.cos(1.0)
    stride = replace(
        _stride(1.0),
        drop_curve_deg=(-2.0 * np.sin(at)).astype(np.float32),
        tibial_rotation_curve_deg=inwards.astype(np.float32),
    )
    errors = waveform_errors(stride, rows, {"shank_l": axes})
    assert set(errors) == {"obliquity", "tibia"}
    assert max(float(np.abs(each).max()) for each in errors.values()) < 0.05
    assert waveform_errors(replace(stride, toe_off_s=9.0, next_foot_strike_s=9.4), rows, {}) == {}


def test_a_reason_stands_beside_what_is_not_held_and_nothing_else() -> None:
    """A bound that is not held needs a reason; one for what is held, or for nothing, stops the writing."""
    reasons_of: Callable[..., list[str]] = runpy.run_path(str(GENERATOR))["reasons_of"]
    found = [Outcome("A1", "x", "not held", ""), Outcome("A1", "y", "held", "")]
    fits = [{"target": "A1", "bounds": ["x"], "why": "because"}]
    assert reasons_of(found, fits) == ["because", ""]
    for wrong in (
        [],
        [*fits, {"target": "A1", "bounds": ["y"], "why": "it is held"}],
        [*fits, {"target": "A2", "bounds": ["x"], "why": "it is no bound"}],
    ):
        with pytest.raises(SystemExit, match="does not fit"):
            reasons_of(found, wrong)


@pytest.mark.full
@pytest.mark.parametrize("suite", ["waveforms", "stride-counts", "put-on-again", "single-faults"])
def test_suites_of_the_full_run_are_within_what_the_docs_state(suite: str) -> None:
    """One or two simulated people of each suite, with room for how people differ."""
    order = SuiteOrder(None, 1, 60.0, False, lambda _what, _share: None)
    worst = {(s.case, s.quantity): s.worst for s in summarise(suites.SUITES[suite](order).figures)}
    if suite == "waveforms":
        assert worst["straight", "obliquity_waveform_rmse_deg"] < 0.5
        assert worst["bends", "obliquity_waveform_rmse_deg"] < 2.5
    elif suite == "stride-counts":
        assert worst["steady run", "strides_count"] > 200
        for case in ("steady run", "steady walk"):
            for what in (
                "missed",
                "extra",
                "wrong_foot",
                "one_shank_wrong_foot",
                "alone_wrong_foot",
            ):
                assert worst[case, f"{what}_count"] == 0, (case, what)
        assert worst["changes and losses", "extra_count"] <= 1
        assert worst["changes and losses", "unflagged_gaps_count"] == 0
        assert worst["short bouts", "sides_before_lock_count"] == 0
        assert worst["short bouts", "strides_count"] > 10
    elif suite == "put-on-again":
        assert worst["put on again at once", "cpd_exc_mdc95_deg"] < 0.3
        assert worst["another day", "tir_exc_mdc95_deg"] > 0.1
        assert worst["blocks of one run", "cpd_exc_mdc95_deg"] < 0.5
    else:
        for case in ("run, 3 % loss in bursts", "walk, 3 % loss in bursts", "run, clipping"):
            assert worst[case, "silent_count"] == 0
            assert worst[case, "touched_count"] > 20
        assert worst["run, clocks 100 ppm off", "cpd_exc_rmse_bone_times"] < 1.25

"""The strides of a session in columns: nothing is lost, and memory does not grow with them."""

from __future__ import annotations

import gc
import pickle
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import mean_curves as curves_module
from pipeline.mean_curves import mean_curves
from pipeline.metrics.registry import METRICS
from pipeline.packed_strides import PackedStrides, stride_spans_s
from pipeline.side_check import check_sides
from pipeline.stride import CURVE_POINTS, FLAG_NAMES, Stride
from pipeline.stride_table import stride_columns, stride_parts
from pipeline.synopsis import count_strides, main_gait, summarise_sides
from pipeline.table_file import write_columns, write_parts

RNG = np.random.default_rng(4)
FEW_ROWS = 40
"""So few are kept in memory here that most are read from the file."""


def some_strides(count: int) -> list[Stride]:
    """Strides of both legs in order of their ends, each knowing something else."""
    strides = []
    for n in range(count):
        start_s = 0.35 * n + float(RNG.uniform(0.0, 0.01))
        known = RNG.random(len(METRICS)) < 0.7
        values = {
            key: float(RNG.normal())
            for key, is_known in zip(METRICS, known, strict=True)
            if is_known
        }
        flags = sorted(RNG.choice(list(FLAG_NAMES), RNG.integers(0, 3), replace=False).tolist())
        curves = RNG.normal(size=(2, CURVE_POINTS)).astype(np.float32)
        if n % 7 == 0:
            curves[0] = np.nan
        strides.append(
            Stride(
                side="left" if n % 2 else "right",
                gait="walk" if n % 5 == 0 else "run",
                foot_strike_s=start_s,
                toe_off_s=start_s + 0.25,
                next_foot_strike_s=start_s + 0.7,
                metrics=values,
                standard_errors={key: abs(value) for key, value in [*values.items()][:3]},
                flags=tuple(flags),
                drop_curve_deg=curves[0],
                tibial_rotation_curve_deg=curves[1],
            )
        )
    return strides


def same(one: Stride, other: Stride) -> bool:
    """Whether two strides say the same, to the bit."""
    curves = ("drop_curve_deg", "tibial_rotation_curve_deg")
    nothing = {name: np.empty(0, np.float32) for name in curves}
    return repr(replace(one, metrics={}, standard_errors={}, **nothing)) == repr(
        replace(other, metrics={}, standard_errors={}, **nothing)
    ) and all(
        (
            dict(one.metrics) == dict(other.metrics),
            dict(one.standard_errors) == dict(other.standard_errors),
            *(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in curves),
        )
    )


def test_what_is_packed_comes_out_as_it_was() -> None:
    """By number, from the end, in slices and one after another, from memory and from the file."""
    given = some_strides(1234)
    packed = PackedStrides(given, FEW_ROWS)
    assert len(packed) == len(given)
    assert all(same(a, b) for a, b in zip(given, packed, strict=True))
    assert same(packed[3], given[3])
    assert same(packed[-1], given[-1])
    assert all(same(a, b) for a, b in zip(given[700:20:-9], packed[700:20:-9], strict=True))
    with pytest.raises(IndexError):
        packed[len(given)]


def test_sorted_strides_are_in_order_of_their_ends() -> None:
    """Left before right where they end together, as a sort of the objects has it."""
    given = some_strides(300)
    given[10] = replace(given[10], next_foot_strike_s=given[11].next_foot_strike_s)
    mixed = [given[n] for n in RNG.permutation(len(given)).tolist()]
    packed = PackedStrides(mixed, FEW_ROWS)
    packed.sort()
    wanted = sorted(mixed, key=lambda s: (s.next_foot_strike_s, s.side))
    assert all(same(a, b) for a, b in zip(wanted, packed, strict=True))
    with pytest.raises(ValueError, match="complete"):
        packed.extend(given)


def test_summaries_and_tables_are_those_of_the_objects() -> None:
    """Whatever has a short cut for columns says the same without it."""
    given = some_strides(500)
    packed = PackedStrides(given, FEW_ROWS)
    assert main_gait(packed) == main_gait(given)
    assert summarise_sides(packed) == summarise_sides(given)
    assert repr(check_sides(packed)) == repr(check_sides(given))
    assert np.array_equal(stride_spans_s(packed), stride_spans_s(given))
    for side in ("left", "right"):
        assert count_strides(packed, side) == count_strides(given, side)
    wanted = stride_columns(given)
    found = stride_columns(packed)
    assert list(found) == list(wanted)
    for name, column in wanted.items():
        np.testing.assert_array_equal(found[name], column, err_msg=name)


def test_nothing_at_all_can_be_packed_and_summed_up() -> None:
    """A file without a stride is no fault."""
    packed = PackedStrides()
    packed.sort()
    assert list(packed) == []
    assert main_gait(packed) is None
    assert stride_spans_s(packed).shape == (0, 2)
    assert summarise_sides(packed) == {"left": {}, "right": {}}


def test_another_process_gets_a_list() -> None:
    """A file of this process would be of no use to it."""
    given = some_strides(60)
    copy = pickle.loads(pickle.dumps(PackedStrides(given, FEW_ROWS)))
    assert isinstance(copy, list)
    assert all(same(a, b) for a, b in zip(given, copy, strict=True))


def test_unknown_names_are_refused() -> None:
    """They would be lost silently."""
    stride = some_strides(1)[0]
    with pytest.raises(ValueError, match="cpd_of_the_moon"):
        PackedStrides([replace(stride, metrics={"cpd_of_the_moon": 1.0})])
    with pytest.raises(ValueError, match="moonlit"):
        PackedStrides([replace(stride, flags=("moonlit",))])


def test_memory_does_not_grow_with_the_strides() -> None:
    """Of 4000 more strides less than 50 bytes each stay in memory; as objects they take 2 to 3 kB."""
    some = some_strides(200)
    packed = PackedStrides(rows_in_memory=100)
    for _ in range(5):
        packed.extend(some)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            packed.extend(some)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(packed) == 5000
    assert after - before < 50 * 4000


def test_mean_curves_are_those_of_the_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit, and however many are read at once."""
    strides = some_strides(120)
    packed = PackedStrides(strides)
    expected = mean_curves(list(packed))
    for together in (7, 1024):
        monkeypatch.setattr(curves_module, "_TOGETHER", together)
        pd.testing.assert_frame_equal(mean_curves(packed), expected, check_exact=True)
    packed.sort()
    assert mean_curves(packed, "walk").shape == mean_curves(list(packed), "walk").shape
    pd.testing.assert_frame_equal(mean_curves(PackedStrides([])), mean_curves([]))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".json"])
def test_a_table_written_in_parts_reads_as_the_whole(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven strides at a time, sorted and not; none is a table without rows."""
    monkeypatch.setattr("pipeline.packed_strides.PART_ROWS", 7)
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".json": pd.read_json}[suffix]
    for count in (0, 7, 30):
        strides = PackedStrides(some_strides(count)[::-1])
        if count:
            strides.sort()
        write_parts(stride_parts(strides), tmp_path / f"parts{suffix}")
        write_columns(stride_columns(strides), tmp_path / f"whole{suffix}")
        parts, whole = read(tmp_path / f"parts{suffix}"), read(tmp_path / f"whole{suffix}")
        assert len(parts) == count
        pd.testing.assert_frame_equal(parts, whole)

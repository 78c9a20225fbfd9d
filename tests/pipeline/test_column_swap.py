"""Columns in each other's place are told by the movement; columns as they should be are not doubted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pipeline.importers.column_swap import find_disorder
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, FLAG_GAP_BEFORE, FloatArray
from tests.pipeline.test_plausibility import of_segment, real_sensors
from tests.simulated import simulated

NAMES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
PAIRS = list(itertools.combinations(range(6), 2))
Sensor = tuple[FloatArray, float, np.ndarray]


@cache
def session(gait: str, faults: str) -> dict[Placement, Sensor]:
    """Standing, squats, walking (and running) of a simulated person: columns, rate, sound samples."""
    blocks = simulated(60.0, 11, gait=gait, faults=faults).blocks  # type: ignore[arg-type]
    found = {}
    for placement in Placement:
        mine = [block for block in blocks if block.placement is placement]
        values = np.concatenate([np.hstack((block.acc, block.gyr)) for block in mine])
        flags = np.concatenate([block.flags for block in mine])
        broken = FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR | FLAG_GAP_BEFORE
        found[placement] = (values, mine[0].rate_hz, (flags & broken) == 0)
    return found


def seen(sensors: dict[Placement, Sensor], matrix: FloatArray) -> str:
    """What is said of a table in which the columns of all sensors were mixed; empty for nothing."""
    for placement, (values, rate_hz, sound) in sensors.items():
        mixed = values @ matrix.T
        found = find_disorder(placement, mixed[:, :3], mixed[:, 3:], rate_hz, NAMES, sound)
        if found is not None:
            return found.what
    return ""


def exchanged(one: int, two: int) -> FloatArray:
    matrix = np.eye(6)
    matrix[[one, two]] = matrix[[two, one]]
    return matrix


@pytest.mark.parametrize(
    ("gait", "faults"),
    [
        ("run", "field"),
        pytest.param("walk", "none", marks=pytest.mark.full),
        pytest.param("walk", "field", marks=pytest.mark.full),
    ],
)
def test_any_two_columns_exchanged_are_seen_and_the_right_order_is_not_doubted(
    gait: str, faults: str
) -> None:
    sensors = session(gait, faults)
    assert seen(sensors, np.eye(6)) == ""
    missed = [
        f"{NAMES[one]} and {NAMES[two]}"
        for one, two in PAIRS
        if "exchanged" not in seen(sensors, exchanged(one, two))
    ]
    assert missed == []


def test_wrong_signs_left_handed_axes_and_a_turned_triple_are_refused() -> None:
    """Which of them it is cannot always be told; that something is wrong can."""
    sensors = session("run", "field")
    for axis in range(3):
        matrix = np.eye(6)
        matrix[3 + axis, 3 + axis] = -1.0
        assert seen(sensors, matrix), f"sign of gyr {axis}"
    assert seen(sensors, np.diag([1.0, 1, 1, -1, -1, -1]))
    turned = np.eye(6)
    turned[:3, :3] = np.eye(3)[[1, 2, 0]]
    assert seen(sensors, turned)


def test_both_triples_turned_alike_are_another_mounting_and_not_doubted() -> None:
    turn = np.eye(3)[[1, 2, 0]]
    both = np.block([[turn, np.zeros((3, 3))], [np.zeros((3, 3)), turn]])
    assert seen(session("run", "field"), both) == ""


def test_a_gyroscope_offset_of_5_degrees_per_second_is_not_taken_for_an_exchange() -> None:
    for placement, (values, rate_hz, sound) in session("run", "field").items():
        for signs in itertools.product((-1.0, 1.0), repeat=3):
            gyr = values[:, 3:] + np.deg2rad(5.0) * np.array(signs)
            assert find_disorder(placement, values[:, :3], gyr, rate_hz, NAMES, sound) is None


def tracks(shared_data: Path) -> Iterator[tuple[str, Placement, FloatArray, float]]:
    for placement, rows, prefix, name in real_sensors(shared_data):
        values = np.hstack((of_segment(rows, prefix, "acc"), of_segment(rows, prefix, "gyr")))
        yield name, placement, values, 1.0 / float(np.median(np.diff(rows["time_s"])))


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_no_real_sensor_is_doubted_and_the_share_of_exchanges_seen_is_told(
    shared_data: Path,
) -> None:
    """Every real track as it is; and how many of the exchanges are seen, per data set (``-s``)."""
    doubted: list[str] = []
    counts: dict[str, list[list[bool]]] = {}
    for name, placement, values, rate_hz in tracks(shared_data):
        found = find_disorder(placement, values[:, :3], values[:, 3:], rate_hz, NAMES)
        if found is not None:
            doubted.append(f"{name}: {found.what}")
        group = f"{name.split()[0].split('_S')[0]:24} {'pelvis' if placement is Placement.PELVIS else 'shank'}"
        known = counts.setdefault(group, [])
        if len(known) < 4:
            row = []
            for pair in PAIRS:
                mixed = values @ exchanged(*pair).T
                row.append(
                    find_disorder(placement, mixed[:, :3], mixed[:, 3:], rate_hz, NAMES) is not None
                )
            known.append(row)
    print()
    print(" " * 34, *(f"{NAMES[a][0]}{NAMES[a][-1]}{NAMES[b][0]}{NAMES[b][-1]}" for a, b in PAIRS))
    for group, rows in counts.items():
        print(
            f"{group:30} {len(rows):3}", *(f"{100 * share:4.0f}" for share in np.mean(rows, axis=0))
        )
    assert doubted == []

"""The realism page has its figures, and its main claims hold when computed anew from a part of the data."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import realism_statistics as rs
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "realism.md"


def test_every_figure_of_the_page_is_there_and_small() -> None:
    names = re.findall(r"\{image\} (figures/\S+)", PAGE.read_text("utf-8"))
    assert len(names) == 6
    for name in names:
        file = PAGE.parent / name
        assert file.stat().st_size < 150_000
        root = ET.fromstring(file.read_text("utf-8"))
        assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) > 1


@pytest.fixture(scope="module")
def walking(shared_data: Path):
    real = list(rs.real_walking(shared_data))
    return real, list(rs.simulated("walk", 1.15, rs.WALK_SEEDS[:3], 128.0))


@pytest.mark.parametrize("segment", ["pelvis", "shank"])
@pytest.mark.parametrize("quantity", ["gyr", "acc"])
def test_walking_spectra_are_as_close_as_the_page_says(walking, segment, quantity) -> None:
    """Up to 8 Hz within a factor of 1.7 of the median person; nowhere more than 10 away."""
    medians = [
        np.nanmedian(
            [rs.band_rms(getattr(r, quantity), r.rate_hz) for r in group if r.segment == segment],
            axis=0,
        )
        for group in walking
    ]
    ratio = medians[1] / medians[0]
    assert ((ratio[:2] > 0.6) & (ratio[:2] < 1.7)).all()
    assert ((ratio[2:] > 0.1) & (ratio[2:] < 10)).all()


def test_walking_shocks_are_within_a_third_of_real_ones(walking) -> None:
    real, made = (
        np.median(np.concatenate([rs.peaks_per_stride(r) for r in group if r.segment == "shank"]))
        for group in walking
    )
    assert 0.75 < made / real < 1.4


def test_a_real_runner_moves_like_the_simulated_ones(shared_data: Path) -> None:
    """Independent data: sagittal shank rate and vertical pelvis acceleration of another runner."""
    real = rs.real_waves(shared_data, "P01_run")
    made = rs.simulated_waves("run", 3.47, rs.RUN_SEEDS[:4])
    for wave, least in (("tibia_r_gyr_z", 0.9), ("pelvis_acc_y", 0.7), ("pelvis_gyr_x", 0.6)):
        mean = made[wave].mean(axis=0)
        assert np.corrcoef(real[wave], mean)[0, 1] > least
        assert 0.45 < mean.std() / real[wave].std() < 1.6

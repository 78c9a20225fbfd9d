"""Left and right shank sensor exchanged: found from the pelvis, and never called so where they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from firmware_sim import SimulatedSession
from levelstride.simulated_recording import write_recording
from pipeline.analyse_file import analyse, analyse_recording
from pipeline.session import Session
from pipeline.side_check import FEWEST_STRIDES, SideVerdict, check_sides
from pipeline.stride import SIDES, Gait, Side, Stride
from pipeline.wearing_warnings import LOOK_EVERY_S, WearingWarnings
from sensors.session_info import SessionInfo
from tests.pipeline.test_real_motion import neutral_file

PEOPLE = [f"Sub0{n}_CS{how}" for n in range(1, 5) for how in ("Baseline", "StiffKnee")]


def strides_like(
    fall_deg: float, count: int, gait: Gait = "run", askew_deg: float = 0.0
) -> list[Stride]:
    """Strides whose pelvis falls by so much, on a pelvis that hangs to the right."""
    curve = fall_deg * np.cos(np.linspace(0.0, np.pi, 101)) / 2.0

    def stride(number: int, side: Side) -> Stride:
        at = number + (0.5 if side == "right" else 0.0)
        hung = askew_deg if side == "left" else -askew_deg
        return Stride(
            side, gait, at, at + 0.3, at + 1.0, drop_curve_deg=(curve + hung).astype(np.float32)
        )

    return [stride(number, side) for number in range(count) for side in SIDES]


def test_verdicts_of_plain_strides() -> None:
    """The direction of the fall decides; a pelvis that hangs askew does not matter; a small one tells nothing."""
    assert check_sides(strides_like(4.0, 10, askew_deg=6.0)).verdict is SideVerdict.FITS
    swapped = check_sides(strides_like(-4.0, 10, askew_deg=6.0))
    assert swapped.verdict is SideVerdict.SWAPPED
    assert "exchanged" in swapped.warning
    for unclear in (strides_like(0.3, 30), strides_like(-4.0, FEWEST_STRIDES - 1), []):
        assert check_sides(unclear).verdict is SideVerdict.CANNOT_TELL
        assert check_sides(unclear).warning == ""
    mixed = [*strides_like(-4.0, 9, "walk"), *strides_like(4.0, 30)]
    assert check_sides(mixed).verdict is SideVerdict.FITS, "the gait with more strides decides"


def test_live_warning_comes_once_and_is_taken_back() -> None:
    watch = WearingWarnings()
    assert not watch.look(LOOK_EVERY_S - 1.0, strides_like(-4.0, 10))
    assert watch.look(LOOK_EVERY_S, strides_like(-4.0, 10))
    assert len(watch.sentences) == 1
    assert not watch.look(2 * LOOK_EVERY_S, strides_like(-4.0, 20)), "nothing new"
    assert not watch.look(3 * LOOK_EVERY_S, strides_like(4.0, 20))
    assert watch.sentences == ()


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("gait", ["run", "walk"])
def test_drawn_people_with_exchanged_labels(tmp_path: Path, gait: Gait, swapped: bool) -> None:
    """The simulator's fault: both shank sensors say the other's placement."""
    session = SimulatedSession(
        40,
        seed=300 + swapped,
        gait=gait,
        faults="field",
        fault_overrides={"swapped_labels": swapped},
    )
    write_recording(session, tmp_path / "a.mcap", SessionInfo(source="simulated"))
    result = analyse_recording(tmp_path / "a.mcap")
    assert any("exchanged" in problem for problem in result.problems) == swapped
    assert verdict(result) == ("swapped" if swapped else "fits")


def verdict(session: Session) -> str:
    worn = session.quality["worn"]
    assert isinstance(worn, dict)
    return str(worn["left_and_right"])


@pytest.mark.full
@pytest.mark.parametrize("trial", PEOPLE)
def test_real_walkers_with_exchanged_names(shared_data: Path, tmp_path: Path, trial: str) -> None:
    """Four people with a free and a stiff knee, without standing: never wrong, mostly told."""
    file = neutral_file(shared_data, trial, tmp_path)
    true = analyse([file])
    table = pd.read_csv(file)
    other = {"shank_left": "shank_right", "shank_right": "shank_left"}
    table["placement"] = table["placement"].replace(other)
    table.to_csv(tmp_path / "swapped.csv", index=False)
    swapped = analyse([tmp_path / "swapped.csv"])
    print(trial, true.quality["worn"], swapped.quality["worn"])
    assert verdict(true) in ("fits", "cannot tell")
    assert verdict(swapped) in ("swapped", "cannot tell")

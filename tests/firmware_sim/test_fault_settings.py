"""Faults by name: what may be given, what is refused, and the table that explains them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from firmware_sim import SimulatedSession, SimulationError
from firmware_sim.imu.faults import FAULTS, FaultSettings, FaultValue, TimedFault, faults_with

DOCS = Path(__file__).parents[2] / "docs" / "simulator.md"


def test_a_level_without_changes_is_the_level() -> None:
    for level, settings in FAULTS.items():
        assert faults_with(level, {}) == settings


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("loss", "0.02", 0.02),
        ("queue_packets", "3", 3),
        ("soft_tissue_deg", "0.5,1", (0.5, 1.0)),
        ("swapped_labels", "yes", True),
        ("swapped_labels", "no", False),
        ("slip_axis", "z", "z"),
        ("reboot", "30", (TimedFault(30.0),)),
        (
            "out_of_range",
            "120:pelvis:8;60:all",
            (TimedFault(60.0, "all"), TimedFault(120.0, "pelvis", 8.0)),
        ),
        ("battery_death", "", ()),
    ],
)
def test_text_and_values_mean_the_same(name: str, text: str, value: FaultValue) -> None:
    from_text = faults_with("field", {name: text})
    assert getattr(from_text, name) == value
    assert faults_with("field", {name: value}) == from_text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lost", 0.1),
        ("loss", 1.5),
        ("loss", -0.1),
        ("loss", "much"),
        ("loss", float("nan")),
        ("loss", True),
        ("mtu", 10),
        ("mtu", 100.5),
        ("queue_packets", 0),
        ("soft_tissue_deg", 1.0),
        ("soft_tissue_deg", "1,2,3"),
        ("swapped_labels", "perhaps"),
        ("slip_axis", "w"),
        ("reboot", "soon"),
        ("reboot", "-5"),
        ("reboot", "30:knee"),
        ("reboot", "30:pelvis:2:2"),
        ("warm_up_k", "15,5"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(name: str, value: FaultValue) -> None:
    with pytest.raises(SimulationError) as caught:
        SimulatedSession(60, fault_overrides={name: value})
    assert name in str(caught.value)
    assert len(str(caught.value)) > 30


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(SimulationError) as caught:
        faults_with("none", {"rebot": 1.0})
    assert "reboot" in str(caught.value)
    with pytest.raises(SimulationError, match="none, field, harsh"):
        faults_with("awful", {})  # type: ignore[arg-type]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"{v:g}" for v in value) or "-"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_the_docs_table_has_every_fault_with_the_sizes_of_each_level() -> None:
    rows = {}
    for line in DOCS.read_text("utf-8").splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 6:
            rows[cells[0].strip("`")] = cells
    for field in fields(FaultSettings):
        row = rows[field.name]
        sizes = [_shown(getattr(FAULTS[level], field.name)) for level in ("none", "field", "harsh")]
        assert row[2:5] == sizes, field.name
        assert len(row[1]) > 10  # what it does
        assert len(row[5]) > 3  # source
    assert set(rows) == {f.name for f in fields(FaultSettings)}

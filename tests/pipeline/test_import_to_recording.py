"""Foreign data as a recording: nothing is changed, and the strides are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from levelstride import cli
from pipeline.analyse_file import analyse
from pipeline.importers.imported_samples import to_blocks
from pipeline.importers.read_files import read_files
from pipeline.importers.to_recording import write_imported
from pipeline.stride_table import strides_to_frame
from sensors.errors import RecordingError
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.sample_block import SampleBlock
from sensors.session_info import SessionInfo
from tests.simulated import joined, simulated


def samples_file(folder: Path, *, gap: bool = False, zero_s: float = 0.0) -> Path:
    """A simulated session as neutral samples, with a hole in one shank if wanted."""
    parts = []
    for placement, block in joined(simulated(34.0, 3).blocks).items():
        kept = np.ones(len(block), np.bool_)
        if gap and placement is Placement.SHANK_LEFT:
            kept[5000:5090] = False
        part = pd.DataFrame({"time_s": block.time_s[kept] + zero_s, "placement": placement.value})
        for name, values in (("acc", block.acc), ("gyr", block.gyr)):
            for n, axis in enumerate("xyz"):
                part[f"{name}_{axis}"] = values[kept, n]
        parts.append(part)
    path = folder / "samples.csv"
    pd.concat(parts, ignore_index=True).to_csv(path, index=False)
    return path


def whole(blocks: list[SampleBlock], placement: Placement) -> list[np.ndarray]:
    mine = [b for b in blocks if b.placement is placement]
    index = np.concatenate([b.first_index + np.arange(len(b)) for b in mine])
    columns = [
        np.concatenate([getattr(b, name) for b in mine]) for name in ("time_s", "acc", "gyr")
    ]
    return [index, *columns]


@pytest.mark.parametrize("gap", [False, True])
def test_samples_come_back_bit_for_bit(tmp_path: Path, gap: bool) -> None:
    """Times, values and gaps, online and offline."""
    imported = read_files([samples_file(tmp_path, gap=gap)])
    path = tmp_path / "imported.mcap"
    assert write_imported(imported, path, SessionInfo(source="imported")) == pytest.approx(
        0, abs=0.01
    )
    given = list(to_blocks(imported))
    shift = whole(given, Placement.PELVIS)[1][0]
    for online in (False, True):
        with open_recording(path) as recording:
            got = list(recording.blocks(online=online))
        for placement in Placement:
            for a, b, name in zip(
                whole(given, placement),
                whole(got, placement),
                ("index", "time", "acc", "gyr"),
                strict=True,
            ):
                if name == "time" and shift < 0:
                    assert np.allclose(a - a[0], b - b[0], atol=1e-9)
                elif name == "index":
                    assert np.array_equal(np.diff(a), np.diff(b))
                else:
                    assert np.array_equal(a, b), name


def test_the_strides_are_the_same(tmp_path: Path) -> None:
    """Analysing the file and analysing its recording give the same table within 1e-6."""
    source = samples_file(tmp_path, gap=True, zero_s=1.0)
    path = tmp_path / "imported.mcap"
    assert cli.run(["import", str(source), "--runner", "Ada", "--out", str(path)]) == 0
    direct = strides_to_frame(analyse([source]).strides)
    session = analyse([path])
    assert session.runner == "Ada"
    table = strides_to_frame(session.strides)
    assert len(direct) == len(table) > 20
    pd.testing.assert_frame_equal(direct, table, atol=1e-6, rtol=0.0)


def test_an_existing_recording_is_not_replaced(tmp_path: Path) -> None:
    imported = read_files([samples_file(tmp_path)])
    path = tmp_path / "imported.mcap"
    path.write_text("precious")
    with pytest.raises(RecordingError):
        write_imported(imported, path, SessionInfo(source="imported"))
    assert path.read_text() == "precious"

"""Drawn signals: no peak is lost, gaps stay gaps, and files of a recording come to the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.import_session import group_files, import_session
from pipeline.recording_facts import recording_facts
from pipeline.session_search import SessionFilter
from pipeline.signal_file import ACC_STEP, SignalFile, make_signal_file, open_signal_file
from pipeline.store import Store
from sensors.placement import Placement
from tests.simulated import simulated


@pytest.fixture(scope="module")
def recording() -> Path:
    return simulated(45.0, 3).path


def test_a_thinned_line_keeps_the_lowest_and_highest_value(recording, tmp_path):
    signals = make_signal_file(recording, tmp_path / "signals")
    assert signals.placements == tuple(Placement)
    whole = signals.envelope(Placement.SHANK_LEFT, 1, 0, signals.end_s, 100_000)
    thin = signals.envelope(Placement.SHANK_LEFT, 1, 0, signals.end_s, 50)
    assert not whole.thinned
    assert thin.thinned
    assert len(thin.value) <= 110
    assert np.nanmax(thin.value) == pytest.approx(np.nanmax(whole.value))
    assert np.nanmin(thin.value) == pytest.approx(np.nanmin(whole.value))
    part = signals.envelope(Placement.PELVIS, 0, 2.0, 3.0, 500)
    assert part.time_s[0] == pytest.approx(2.0, abs=0.02)
    assert part.time_s[-1] == pytest.approx(3.0, abs=0.02)
    assert np.median(np.abs(whole.value)) > 10 * ACC_STEP


def test_a_gap_breaks_the_line(tmp_path):
    time = np.concatenate([np.arange(0, 5, 0.005), np.arange(9, 12, 0.005)])
    np.save(tmp_path / "pelvis-time.npy", time.astype(np.float32))
    np.save(tmp_path / "pelvis.npy", np.ones((6, len(time)), np.int16))
    (tmp_path / "facts.json").write_text('{"end_s": 12.0, "sensors": ["pelvis"], "version": 1}')
    signals = SignalFile(tmp_path)
    for bins in (20, 100_000):
        shown = signals.envelope(Placement.PELVIS, 3, 0, 12, bins)
        (hole,) = np.flatnonzero(np.isnan(shown.value))
        assert 4.9 < shown.time_s[hole] < 9.0


def test_files_half_made_are_made_anew(recording, tmp_path):
    folder = tmp_path / "signals"
    open_signal_file(recording, folder)
    (folder / "facts.json").write_text("{")
    assert open_signal_file(recording, folder).end_s > 1
    (folder / "recording.json").write_text("[]")
    assert recording_facts(recording, folder, wait=False) is not None


def test_a_recording_is_imported_with_runner_and_conditions_and_again_replaces(recording, tmp_path):
    with Store.open(tmp_path / "library") as store:
        shares: list[float] = []
        session_id = import_session(
            store, [recording], runner="Ann", conditions={"insole": "on"}, progress=shares.append
        )
        again = import_session(store, [recording])
        assert again == session_id
        (summary,) = store.search(SessionFilter(), limit=5).sessions
        assert summary.has_recording
        assert max(shares) > 0.99
        assert (store.signal_folder(session_id) / "facts.json").is_file()
        store.delete_session(session_id)
        assert not store.signal_folder(session_id).exists()
        assert not list(store.folder.glob(".import-*"))


def test_rubbish_is_refused_and_leaves_nothing(tmp_path):
    rubbish = tmp_path / "x.csv"
    rubbish.write_bytes(bytes(range(256)) * 40)
    with Store.open(tmp_path / "library") as store:
        with pytest.raises(InputError):
            group_files([rubbish])
        with pytest.raises(InputError):
            import_session(store, [rubbish])
        assert store.sessions() == []
        assert not list(store.folder.glob(".import-*"))

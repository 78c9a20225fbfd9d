"""Analysing a library again: nothing lost, nothing twice, whoever does it and whoever dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pytest
from sqlalchemy import select, update

from levelstride.cli import run
from pipeline import reanalysis_task
from pipeline.analyse_file import analyse_recording
from pipeline.analysis_method import analysis_method
from pipeline.catalogue.models import SessionRow, SideSummaryRow
from pipeline.catalogue.result_models import AnalysisRow
from pipeline.journal_entry import Remark
from pipeline.reanalysis import reanalyze
from pipeline.reanalysis_claim import claimed
from pipeline.reanalysis_task import Outcome, Work, work_in
from pipeline.reanalysis_workers import DaskCluster, Processes, ThisProcess
from pipeline.session import Session
from pipeline.session_search import SessionFilter
from pipeline.store import Store, StorePlace
from tests.conftest import ROOT
from tests.simulated import simulated
from tests.store_servers import free_port

SECONDS = 24.0
OLD = "0-anolder-offline"


@pytest.fixture(scope="module")
def analysed() -> list[tuple[Session, Path]]:
    """Two short sessions with their recordings."""
    paths = [simulated(SECONDS, seed).path for seed in (1, 2)]
    return [(analyse_recording(path), path) for path in paths]


def fill(place: StorePlace, analysed: list[tuple[Session, Path]], count: int) -> list[str]:
    """Sessions that an older method has analysed, with other medians."""
    with Store.open(place) as store:
        ids = []
        for number in range(count):
            session, path = analysed[number % 2]
            conditions = {"number": str(number)}
            one = replace(session, session_id=str(uuid4()), runner="Ann", conditions=conditions)
            ids.append(store.add_session(one, path))
        make_old(store)
    return ids


def make_old(store: Store) -> None:
    with store.parts.writer.begin() as connection:
        connection.execute(update(SessionRow).values(method=OLD))
        connection.execute(update(SideSummaryRow).values(median=SideSummaryRow.median + 1.0))


def results(place: StorePlace) -> dict[str, object]:
    """Every session's medians and strides, by id."""
    with Store.open(place) as store:
        found = {}
        for summary in store.sessions():
            table = store.session(summary.session_id).strides
            found[summary.session_id] = (summary.metrics, pd.util.hash_pandas_object(table).sum())
        return found


def analyses(place: StorePlace) -> dict[str, tuple[str, int]]:
    with Store.open(place) as store:
        return states(store)


def states(store: Store) -> dict[str, tuple[str, int]]:
    """State and tries of every session that was begun."""
    with store.parts.engine.connect() as connection:
        rows = connection.execute(select(AnalysisRow)).all()
    assert len({row.session_id for row in rows}) == len(rows)
    return {row.session_id: (row.state, row.tries) for row in rows}


def one_table_each(place: StorePlace, ids: Iterable[str]) -> None:
    with Store.open(place) as store:
        files = [f.name for f in store.parts.files.place.find("strides/")]
    assert sorted(name.split("/")[1][:36] for name in files) == sorted(ids)


def test_results_are_made_anew_and_what_people_wrote_stays(library, analysed):
    ids = fill(library, analysed, 2)
    with Store.open(library) as store:
        store.journal.write_remark(ids[0], Remark(("baseline",), "note"))
        store.describe_session(ids[0], runner="Bob", conditions={"insole": "on"})
        added = store.summary(ids[0]).added_utc
    summary = reanalyze(library, ThisProcess())
    assert summary.counts == {"done": 2}
    assert summary.metrics["tir_exc_deg"].median_deg == pytest.approx(-1.0)
    assert summary.metrics["tir_exc_deg"].values == 4
    assert (summary.strides_changed, summary.gait_changed, summary.failed) == (0, 0, {})
    with Store.open(library) as store:
        stored = store.session(ids[0])
        pd.testing.assert_frame_equal(stored.strides, analysed[0][0].table)
        assert stored.summary.runner == "Bob"
        assert stored.summary.conditions == {"insole": "on"}
        assert stored.summary.added_utc == added
        assert store.journal.remark(ids[0]) == Remark(("baseline",), "note")
        found = store.search(SessionFilter(tag="baseline", condition="insole: on"), limit=9)
        assert [s.session_id for s in found.sessions] == [ids[0]]
        assert stored.recording is not None
    one_table_each(library, ids)
    assert reanalyze(library, ThisProcess()).counts == {}
    assert reanalyze(library, ThisProcess(), again=True).counts == {"done": 2}


def test_a_session_that_cannot_be_analysed_keeps_its_results_and_says_why(library, analysed):
    ids = fill(library, analysed, 2)
    before = results(library)
    with Store.open(library) as store:
        good = store.parts.files.place.read(f"recordings/{ids[0]}.mcap")
        store.parts.files.place.write(f"recordings/{ids[0]}.mcap", b"no recording at all")
    summary = reanalyze(library, ThisProcess())
    assert (summary.counts, list(summary.failed)) == ({"done": 1, "failed": 1}, [ids[0]])
    assert summary.failed[ids[0]]
    assert results(library)[ids[0]] == before[ids[0]]
    assert reanalyze(library, ThisProcess()).counts == {}
    with Store.open(library) as store:
        store.parts.files.place.write(f"recordings/{ids[0]}.mcap", good)
    assert reanalyze(library, ThisProcess(), retry_failed=True).counts == {"done": 1}


class DyingAt:
    """Workers that end whenever they come to one session."""

    def __init__(self, session_id: str) -> None:
        self.session_id, self.deaths = session_id, 0

    def outcomes(self, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
        ids = list(session_ids)
        yield from ThisProcess().outcomes(work, [key for key in ids if key != self.session_id])
        if self.session_id in ids:
            self.deaths += 1
            yield Outcome(self.session_id, "died", "the process that analysed it ended")


def test_a_session_that_ends_its_process_is_given_up_after_three_times(tmp_path, analysed):
    place = StorePlace(tmp_path / "library")
    ids = fill(place, analysed, 2)
    workers = DyingAt(ids[1])
    summary = reanalyze(place, workers)
    assert (summary.counts, workers.deaths) == ({"done": 1, "failed": 1}, 3)
    assert "3 times" in summary.failed[ids[1]]
    assert analyses(place)[ids[1]][0] == "failed"


def test_a_process_that_died_three_times_at_a_session_leaves_it_failed(library, analysed):
    (session_id,) = fill(library, analysed, 1)
    with Store.open(library) as store, store.parts.writer.begin() as connection:
        row = {"state": "working", "tries": 3, "reason": "", "changes": {"run": ""}}
        row |= {"session_id": session_id, "method": analysis_method()}
        moment = store.sessions()[0].added_utc
        connection.execute(AnalysisRow.__table__.insert(), [{**row, "written_utc": moment}])
    summary = reanalyze(library, ThisProcess())
    assert "ended 3 times" in summary.failed[session_id]


@pytest.mark.real_time
def test_two_runs_at_once_never_analyse_the_same_session_twice(library, analysed):
    ids = fill(library, analysed, 4)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(reanalyze(library, ThisProcess())))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(summary.counts.get("done", 0) for summary in found) == 4
    assert analyses(library) == dict.fromkeys(ids, ("done", 1))


def test_a_claim_is_held_once_and_comes_free(library):
    with Store.open(library) as store:
        key = str(uuid4())
        with claimed(library, store.parts, key) as first:
            assert first
            with claimed(library, store.parts, key) as second:
                assert not second
        with claimed(library, store.parts, key) as third:
            assert third


def test_earlier_results_of_a_worker_that_died_after_writing_are_removed(
    library, analysed, monkeypatch
):
    """It ends between its transaction and the removal; the session is tried again, and is known."""

    class DiedError(BaseException):
        """Nothing in the worker catches it, like the end of its process."""

    def die(*_):
        raise DiedError

    ids = fill(library, analysed, 1)
    with Store.open(library) as store:
        work = Work(library, analysis_method(), run="1")
        with monkeypatch.context() as dying:
            dying.setattr(reanalysis_task, "remove_left_files", die)
            with pytest.raises(DiedError):
                work_in(store, work, ids[0])
        assert len(list(store.parts.files.place.find("strides/"))) == 2
        assert work_in(store, work, ids[0]) == Outcome(ids[0], "known")
    one_table_each(library, ids)


@pytest.mark.real_time
@pytest.mark.full
def test_a_pool_whose_process_is_killed_does_all_sessions(tmp_path, analysed):
    place = StorePlace(tmp_path / "library")
    ids = fill(place, analysed, 6)

    def kill_one() -> None:
        with Store.open(place) as watched:
            while not over.wait(0.1):
                begun = [state for state, _ in states(watched).values()]
                children = processes_of(os.getpid(), "multiprocessing.spawn")
                if "done" in begun and children:
                    os.kill(children[0], signal.SIGKILL)
                    return

    over = threading.Event()
    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        summary = reanalyze(place, Processes(2))
    finally:
        over.set()
        killer.join()
    assert summary.counts.get("done", 0) + summary.counts.get("known", 0) == 6
    assert {state for state, _ in analyses(place).values()} == {"done"}
    one_table_each(place, ids)


def processes_of(parent: int, words: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(stat[1]) == parent and words in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=5):
        return True
    return False


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and workers as processes of their own, on loopback."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, port = "127.0.0.1", address.rsplit(":", 1)[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    common = [sys.executable, "-W", "ignore", "-m"]

    def start(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*common, *words], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )

    started = [
        start("distributed.cli.dask_scheduler", "--host", host, "--port", port, "--no-dashboard")
    ]
    try:
        end = time.monotonic() + 200
        while not listens(host, int(port)):
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.2)
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "200")
        started += [start("distributed.cli.dask_worker", address, *options) for _ in range(workers)]
        yield address, started[1:]
    finally:
        for process in started[::-1]:
            process.kill()
            process.wait()


@pytest.mark.real_time
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.full)])
def test_a_cluster_whose_worker_is_killed_does_every_session_once(tmp_path, analysed, count):
    """kill -9 of one of two workers in the middle: as a single process would have done it."""
    place, alone = StorePlace(tmp_path / "library"), StorePlace(tmp_path / "alone")
    ids = fill(place, analysed, count)
    shutil.copytree(place.folder, alone.folder)
    with cluster(2) as (address, workers):

        def kill_one() -> None:
            with Store.open(place) as watched:
                while not over.wait(0.2):
                    done = sum(state == "done" for state, _ in states(watched).values())
                    if done >= count // 4:
                        workers[0].kill()
                        return

        over = threading.Event()
        killer = threading.Thread(target=kill_one)
        killer.start()
        try:
            summary = reanalyze(place, DaskCluster(address))
        finally:
            over.set()
            killer.join()
        assert workers[0].poll() is not None
        assert workers[1].poll() is None
    assert summary.counts.get("done", 0) + summary.counts.get("known", 0) == count
    found = analyses(place)
    assert set(found) == set(ids)
    assert {state for state, _ in found.values()} == {"done"}
    assert sum(tries for _, tries in found.values()) <= count + 1  # but for the one under way
    one_table_each(place, ids)
    assert reanalyze(alone, ThisProcess()).counts == {"done": count}
    assert results(place) == results(alone)


def test_the_command_tells_what_changed_and_ends_with_3_when_a_session_is_given_up(
    tmp_path, analysed, capsys
):
    place = StorePlace(tmp_path / "library")
    ids = fill(place, analysed, 2)
    (place.folder / "recordings" / f"{ids[1]}.mcap").write_bytes(b"nothing")
    assert run(["reanalyze", "--store", str(place.folder), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"done": 1, "failed": 1}
    assert told["metrics"]["cpd_exc_deg"]["largest_deg"] == pytest.approx(-1.0)
    assert run(["reanalyze", "--store", str(place.folder)]) == 0
    assert "0 session(s) analysed" in capsys.readouterr().out
    assert run(["reanalyze", "--store", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.real_time
def test_a_cluster_that_is_not_there_is_an_error_of_ours(tmp_path, analysed, capsys, monkeypatch):
    monkeypatch.setattr("pipeline.reanalysis_dask.CONNECT_S", 1.0)
    place = StorePlace(tmp_path / "library")
    fill(place, analysed, 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    assert run(["reanalyze", "--store", str(place.folder), "--scheduler", address]) == 2
    assert "cannot be reached" in capsys.readouterr().err

"""What pages ask of a large library is answered from indexes, on a real PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import event, text

from benchmarks.store_queries import fill
from pipeline.session_search import SessionFilter
from pipeline.store import Store, StorePlace

SESSIONS, RUNNERS = 4000, 200


@pytest.fixture(scope="module")
def large(postgres_server, migrated_template, tmp_path_factory):
    name = postgres_server.new_database(migrated_template)
    place = StorePlace.named(postgres_server.url(name), str(tmp_path_factory.mktemp("files")))
    with Store.open(place) as store:
        with store.parts.writer.begin() as connection:
            fill(connection, SESSIONS, RUNNERS)
        postgres_server.run("ANALYZE", name)
        yield store


def plans(store: Store, ask: Callable[[], object]) -> list[str]:
    """How the server answers every question that is asked."""
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    event.listen(store.parts.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(store.parts.engine, "before_cursor_execute", note)
    found = []
    with store.parts.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                found.append(json.dumps(rows.scalar_one()))
    return found


def steps(plan: str) -> list[str]:
    """Steps of a plan, each with its table."""
    found: list[str] = []

    def walk(node: dict[str, object]) -> None:
        found.append(f"{node['Node Type']} {node.get('Relation Name', '')}".strip())
        for below in node.get("Plans", ()):  # type: ignore[attr-defined]
            walk(below)

    walk(json.loads(plan)[0]["Plan"])
    return found


def test_the_last_sessions_of_a_runner_come_from_an_index(large):
    runner_id = large.journal.runners()[0].runner_id
    wanted = SessionFilter(runner_id=runner_id)
    result = large.search(wanted, limit=30, choices=False)
    assert len(result.sessions) == SESSIONS // RUNNERS
    told = plans(large, lambda: large.search(wanted, limit=30, choices=False))
    assert "ix_session_search_runner_id_listed_utc" in told[0]
    # and nothing reads a large table from end to end
    for plan in told:
        for table in ("sessions", "side_summaries", "session_search"):
            assert f'"Seq Scan {table}"' not in " ".join(f'"{step}"' for step in steps(plan))


def test_the_newest_sessions_of_all_come_from_an_index(large):
    told = plans(large, lambda: large.search(SessionFilter(), limit=50))
    assert "ix_session_search_listed_utc" in told[0]
    result = large.search(SessionFilter(), limit=50)
    assert (result.total, result.matching, len(result.runners)) == (SESSIONS, SESSIONS, RUNNERS)
    assert sum(result.conditions.values()) == SESSIONS


def test_a_therapist_sees_own_runners_sessions_and_their_choices_alone(large):
    own = frozenset(r.runner_id for r in large.journal.runners()[:2])
    result = large.search(SessionFilter(runner_ids=own), limit=500)
    assert {s.runner_id for s in result.sessions} == own == set(result.runners)
    assert result.total == result.matching == len(result.sessions) == 2 * SESSIONS // RUNNERS
    assert sum(result.conditions.values()) == result.total
    nobody = large.search(SessionFilter(runner_ids=frozenset()), limit=5)
    assert (nobody.total, nobody.sessions, dict(nobody.runners)) == (0, [], {})


def test_the_benchmark_makes_rows_as_the_store_does(large):
    """Else the figures would be those of another library."""
    with large.parts.engine.connect() as connection:
        per_session = connection.execute(
            text("SELECT count(*) FROM side_summaries GROUP BY session_id LIMIT 1")
        ).scalar_one()
    assert per_session >= 30
    summary = large.sessions()[0]
    assert summary.metrics["left"]["cpd_peak_deg"].median == 4.0
    assert large.search(SessionFilter(words="shoe"), limit=1).matching == SESSIONS

"""How long the questions of therapists' pages take in a large library.

Run: ``uv run python benchmarks/store_queries.py postgresql://USER@HOST/DATABASE`` with an empty
database, with a folder for SQLite, or with the word ``own`` for a PostgreSQL server that is started
for this and ended again (as the tests do it: without waiting for the disk, with little memory).
Rows are made inside the database; there are no files. Ends with 1 when the 95th percentile of one of
the therapists' questions is over ``LIMIT_MS``.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, text

from pipeline.session_search import SessionFilter
from pipeline.store import Store, StorePlace

LIMIT_MS = 100.0
ASKED_OFTEN = ("last 30 sessions of a runner", "library of a therapist with 70 runners")
"""What the limit is for: one runner, and the overview of a clinic's therapist."""
METRICS = (
    "cadence_spm", "contact_time_s", "cpd_exc_deg", "cpd_mid_deg", "cpd_peak_abs_deg",
    "cpd_peak_deg", "cpd_peak_pct", "duty_factor_pct", "flight_time_s", "pelvis_rom_deg",
    "step_time_s", "stride_time_s", "tibial_shock_g", "tir_exc_deg", "tir_peak_pct",
    "tir_vel_deg_s", "vertical_oscillation_cm",
)  # fmt: skip


def fill(connection: Connection, sessions: int, runners: int) -> None:
    """Rows as sessions of an hour have them, with JSON of a usual size."""
    postgres = connection.dialect.name == "postgresql"

    def numbers(name: str, count: int) -> str:
        if postgres:
            return f"generate_series(0, {count - 1}) AS {name}(n)"
        return (
            f"(WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < {count - 1}) "
            f"SELECT n FROM c) AS {name}"
        )

    key = "lpad(to_hex({0}), 8, '0')" if postgres else "printf('%08x', {0})"
    session = f"'00000000-0000-4000-8000-0000' || {key.format('s.n')}"
    runner = f"'00000000-0000-4000-9000-0000' || {key.format(f's.n % {runners}')}"
    own = f"'00000000-0000-4000-9000-0000' || {key.format('r.n')}"
    moment = (
        "timestamptz '2024-01-01' + s.n * interval '9 minutes'"
        if postgres
        else "datetime('2024-01-01', '+' || (s.n * 9) || ' minutes')"
    )
    quality = '{"pelvis": {"rate_hz": 200.0, "note": "' + "x" * 700 + '"}}'
    json = "::json" if postgres else ""
    connection.execute(
        text(
            f"INSERT INTO runners SELECT {own}, 'Runner ' || r.n, "
            f"{'now()' if postgres else 'CURRENT_TIMESTAMP'} FROM {numbers('r', runners)}"
        )
    )
    connection.execute(
        text(
            "INSERT INTO sessions (session_id, runner_id, started_utc, added_utc, listed_utc, "
            "duration_s, gait, strides_total, strides_left, strides_right, conditions, quality, "
            "problems, notes, provenance, source, has_recording, method, result) SELECT "
            f"{session}, {runner}, {moment}, {moment}, {moment}, 3600, 'run', 10000, 5000, 5000, "
            f"""'{{"shoe": "A"}}'{json}, '{quality}'{json}, '[]'{json}, '[]'{json}, '{quality}'{json}, """
            f"'', {'true' if postgres else '1'}, '', '' FROM {numbers('s', sessions)}"
        )
    )
    shoe = "'shoe: ' || chr(65 + s.n % 20)" if postgres else "'shoe: ' || char(65 + s.n % 20)"
    mark = "chr(31)" if postgres else "char(31)"
    connection.execute(
        text(
            "INSERT INTO session_search (session_id, runner_id, listed_utc, gait, valid, "
            f"has_remarks, words, conditions, tags) SELECT {session}, {runner}, {moment}, 'run', "
            f"10000, {'false' if postgres else '0'}, {mark} || 'runner ' || (s.n % {runners}) || "
            f"{mark} || lower({shoe}) || {mark}, {mark} || {shoe} || {mark}, '' "
            f"FROM {numbers('s', sessions)}"
        )
    )
    metrics = " UNION ALL ".join(f"SELECT '{name}' AS metric" for name in METRICS)
    connection.execute(
        text(
            "INSERT INTO side_summaries SELECT "
            f"{session}, 'run', side.side, metric.metric, 4.0, 1.0, 3.0, 5.0, 5000 FROM "
            f"{numbers('s', sessions)}, (SELECT 'left' AS side UNION ALL SELECT 'right') AS side, "
            f"({metrics}) AS metric"
        )
    )


def questions(store: Store, runners: int) -> dict[str, Callable[[], object]]:
    """What the pages ask."""
    pick = random.Random(1)
    ids = [r.runner_id for r in store.journal.runners()]

    def some(count: int) -> frozenset[str]:
        return frozenset(pick.sample(ids, min(count, runners)))

    return {
        "last 30 sessions of a runner": lambda: store.search(
            SessionFilter(runner_id=pick.choice(ids)), limit=30, choices=False
        ),
        "library: newest 50 of all, with counts and choices": lambda: store.search(
            SessionFilter(), limit=50
        ),
        "library of a therapist with 70 runners": lambda: store.search(
            SessionFilter(runner_ids=some(70)), limit=50
        ),
        "library: newest 50 with a word": lambda: store.search(
            SessionFilter(words=f"{pick.randrange(runners)} shoe"), limit=50
        ),
        "runners with number and day of sessions": lambda: store.journal.runners(),
    }


def place_of(word: str, stack: ExitStack) -> str:
    """The library's place; a server of our own for the word ``own``."""
    if word != "own":
        return word
    from tests.store_servers import running_postgres

    server = stack.enter_context(contextmanager(running_postgres)())
    return server.url(server.new_database())


def server_cpu_ms(store: Store) -> float:
    """Processor time that the connection's server process has had; NaN where this cannot be seen."""
    if not store.place.catalogue_url:
        return math.nan
    with store.parts.engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    try:
        return float(Path(f"/proc/{number}/schedstat").read_text("ascii").split()[0]) / 1e6
    except OSError:  # on another computer
        return math.nan


def main() -> int:
    """Fill the library if it is empty, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", help="postgresql://… of an empty database, or an empty folder")
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--runners", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=40)
    given = parser.parse_args()
    late = []
    with (
        ExitStack() as stack,
        tempfile.TemporaryDirectory() as files,
        Store.open(StorePlace.named(place_of(given.store, stack), files)) as store,
    ):
        if not store.runners():
            with store.parts.writer.begin() as connection:
                fill(connection, given.sessions, given.runners)
            with store.parts.engine.connect() as plain:
                connection = plain.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(
                    text("VACUUM ANALYZE" if store.place.catalogue_url else "ANALYZE")
                )
        print(f"{given.sessions} sessions of {given.runners} runners, {given.repeats} repeats")
        for name, ask in questions(store, given.runners).items():
            ask()
            times, work, server = [], [], server_cpu_ms(store)
            for _ in range(given.repeats):
                began, cpu = time.perf_counter(), time.process_time()
                ask()
                times.append(1000 * (time.perf_counter() - began))
                work.append(1000 * (time.process_time() - cpu))
            p95 = sorted(times)[int(0.95 * len(times))]
            if name in ASKED_OFTEN and p95 > LIMIT_MS:
                late.append(name)
            server = (server_cpu_ms(store) - server) / given.repeats
            print(
                f"{name:52} median {statistics.median(times):7.1f} ms  p95 {p95:7.1f} ms  "
                f"processor: here {statistics.median(work):.1f} ms, server {server:.1f} ms",
                flush=True,
            )
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())

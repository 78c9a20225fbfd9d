"""A PostgreSQL server and an S3 server of our own, started once per test process.

PostgreSQL comes from the system (``apt install postgresql``); without it the tests that need one are
skipped and say so, except on CI, where its absence is an error.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "p%ss/w:rd@1"
BUCKET = "levelstride-tests"
WAIT_S = 240.0


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    Attributes:
        port: where it listens, on loopback.
        folder: its data, for looking into them.
    """

    port: int
    folder: Path

    def url(self, database: str) -> str:
        from sqlalchemy import URL

        url = URL.create(
            "postgresql", "tester", PASSWORD, "127.0.0.1", self.port, database=database
        )
        return url.render_as_string(hide_password=False)

    def run(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        address = f"host=127.0.0.1 port={self.port} user=tester dbname={database}"
        with psycopg.connect(address, password=PASSWORD, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def new_database(self, template: str = "template0") -> str:
        name = f"t{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


def not_here(what: str) -> None:
    """Skip, or fail on CI, where everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def postgres_programs() -> Path | None:
    """Folder of PostgreSQL's programs, the newest."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += [p.parent for p in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))[::-1]]
    found += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    return next((p for p in found if (p / "initdb").exists() and (p / "postgres").exists()), None)


def _owner() -> str | None:
    """Who runs the server: it refuses to run as root."""
    if os.getuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    yield from running_postgres()


def running_postgres() -> Iterator[PostgresServer]:
    """A server that ends with the iteration; benchmarks use it, too."""
    import psycopg

    programs = postgres_programs() if os.name == "posix" else None
    if programs is None:
        not_here("there is no PostgreSQL on this computer (apt install postgresql)")
        raise AssertionError
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="lspg-", dir="/tmp"))
    folder, secret, log = home / "data", home / "password", home / "log"
    secret.write_text(PASSWORD)
    if owner is not None:
        for path in (home, secret):
            shutil.chown(path, owner)
    how = {"user": owner, "cwd": home}
    program = str((programs / "initdb").resolve())
    made = subprocess.run(
        [
            *(program, "-D", folder, "-U", "tester", "-A", "scram-sha-256"),
            *(f"--pwfile={secret}", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"),
        ],
        capture_output=True,
        check=False,
        **how,  # type: ignore[call-overload]
    )
    assert made.returncode == 0, made.stderr
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "64MB",
        "autovacuum": "off",
    }
    words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str((programs / "postgres").resolve()), "-D", folder, *words],
            stdout=output,
            stderr=output,
            **how,  # type: ignore[call-overload]
        )
    running = PostgresServer(port, folder)
    try:
        end = time.monotonic() + WAIT_S
        while True:
            try:
                running.run("SELECT 1")
                break
            except psycopg.OperationalError:
                if time.monotonic() > end or server.poll() is not None:
                    raise AssertionError(log.read_text("utf-8", "replace")) from None
                time.sleep(0.1)
        yield running
    finally:
        server.send_signal(2)  # SIGINT: ends connections
        server.wait(200)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """An empty bucket on an S3 server; its URL. Address and credentials are in the environment."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    settings = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    try:
        end = time.monotonic() + WAIT_S
        while True:
            try:
                with urllib.request.urlopen(f"{address}/moto-api/", timeout=5):
                    break
            except OSError:
                assert time.monotonic() < end, "the S3 server did not start"
                assert server.poll() is None, "the S3 server ended"
                time.sleep(0.2)
        import s3fs

        s3fs.S3FileSystem().mkdir(BUCKET)
        yield f"s3://{BUCKET}"
    finally:
        server.terminate()
        server.wait(200)
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value

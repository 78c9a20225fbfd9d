"""Libraries of every kind: in a folder, in PostgreSQL, with files in a folder or on S3."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.store import Store, StorePlace
from tests.store_servers import postgres_server, s3_server

__all__ = ["library", "migrated_template", "postgres_server", "s3_server", "store"]

MakePlace = Callable[[], StorePlace]
FOLDER, BOTH = "folder", "postgresql+s3"
KINDS = [
    FOLDER,
    BOTH,
    pytest.param("postgresql", marks=pytest.mark.full),
    pytest.param("folder+s3", marks=pytest.mark.full),
]
"""The first two meet all the code there is; the others are combinations of the same parts."""


@pytest.fixture(scope="session")
def migrated_template(postgres_server, tmp_path_factory) -> str:
    """A database that is up to date already, to make others from."""
    name = postgres_server.new_database()
    folder = tmp_path_factory.mktemp("template")
    Store.open(StorePlace.named(postgres_server.url(name), str(folder))).close()
    return str(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the servers' libraries the usual run does each test once, and none of whole processes."""
    seen: set[object] = set()
    for item in items:
        if BOTH not in item.name:
            continue
        test = getattr(item, "function", item.name)
        if test in seen or item.get_closest_marker("long_on_servers"):
            item.add_marker(pytest.mark.full)
        seen.add(test)


@pytest.fixture(params=KINDS)
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StorePlace]:
    """Where a new library is; nothing has been opened there."""
    kind: str = request.param
    files = catalogue = ""
    if "s3" in kind:
        files = f"{request.getfixturevalue('s3_server')}/{uuid.uuid4().hex}"
    if "postgresql" in kind:
        server = request.getfixturevalue("postgres_server")
        name = server.new_database(request.getfixturevalue("migrated_template"))
        catalogue = StorePlace.named(server.url(name), files or str(tmp_path)).catalogue_url
    if catalogue and not files:
        files = f"file://{tmp_path / 'files'}"
    yield StorePlace(tmp_path / "library", catalogue, files)
    if catalogue:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(library: StorePlace) -> Iterator[Store]:
    with Store.open(library) as opened:
        yield opened


def everything_in(store: Store) -> bytes:
    """All bytes the library has on this computer and in its place for files, and all its rows."""
    from sqlalchemy import MetaData, select

    parts = [p.read_bytes() for p in store.folder.rglob("*") if p.is_file()]
    place = store.parts.files.place
    for kind in ("strides", "curves", "repetitions", "recordings"):
        parts += [f.name.encode() + place.read(f.name) for f in place.find(f"{kind}/")]
    metadata = MetaData()
    with store.parts.engine.connect() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            parts += [repr(tuple(row)).encode() for row in connection.execute(select(table))]
    return b"\n".join(parts)

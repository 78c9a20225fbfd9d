"""Places for files: a folder, and any other by fsspec, with copies on this computer up to a limit."""

from __future__ import annotations

import os
import uuid

import pytest

from pipeline.file_cache import FileCache
from pipeline.file_place import FolderPlace, ObjectPlace
from pipeline.hidden_secrets import without_secrets
from pipeline.store import Store, StorePlace
from pipeline.store_care.verify import verify
from tests.pipeline.stride_factory import make_session

NAME = "strides/a.parquet"


@pytest.fixture(params=["folder", "memory"])
def place(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "strides").mkdir()
        return FolderPlace(tmp_path)
    return ObjectPlace(f"memory://{uuid.uuid4().hex}", FileCache(tmp_path / "copies"))


def test_files_come_back_are_found_by_beginning_and_go(place, tmp_path):
    assert list(place.find("strides/")) == []
    assert not place.exists(NAME)
    assert place.fetch(NAME) is None
    place.write(NAME, b"one")
    place.write("strides/ab.parquet", b"three")
    assert place.read(NAME) == b"one"
    with place.open(NAME) as file:
        assert file.read(2) == b"on"
    assert [f.name for f in place.find("strides/ab")] == ["strides/ab.parquet"]
    assert [f.size for f in place.find("strides/")] == [3, 5]
    source = tmp_path / "source"
    source.write_bytes(b"two")
    place.put(source, NAME, move=False)
    assert source.exists()
    assert place.fetch(NAME).read_bytes() == b"two"
    place.write(NAME, b"four")
    assert place.fetch(NAME).read_bytes() == b"four", "an old copy must not be given"
    place.put(source, NAME, move=True)
    assert not source.exists()
    assert place.at_hand(NAME).read_bytes() == b"two"
    place.remove(NAME)
    place.remove(NAME)
    assert place.at_hand(NAME) is None
    with pytest.raises(FileNotFoundError):
        place.read(NAME)


def test_copies_used_longest_ago_go_first(tmp_path):
    cache = FileCache(tmp_path, limit_bytes=250)
    for number, name in enumerate("abc"):
        with cache.room_for(f"recordings/{name}", 100, "v") as path:
            path.write_bytes(bytes(100))
        os.utime(tmp_path / "recordings" / f"{name}.version", (number, number))
        os.utime(tmp_path / "recordings" / name, (number, number))
    assert cache.kept("recordings/a") is None
    assert cache.kept("recordings/b", "v") is not None
    assert cache.kept("recordings/b", "another version") is None

    def cut_off() -> None:
        with cache.room_for("recordings/d", 1, "v") as path:
            path.write_bytes(b"half")
            raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        cut_off()
    assert cache.kept("recordings/d") is None
    assert not list(tmp_path.rglob("*.part"))


def test_a_library_with_files_in_any_place_of_fsspec(tmp_path):
    """A catalogue in a folder, files in a place that is neither a folder nor S3."""
    place = StorePlace.named(tmp_path / "library", f"memory://{uuid.uuid4().hex}")
    recording = tmp_path / "a.mcap"
    recording.write_bytes(b"wire")
    with Store.open(place) as store:
        key = store.add_session(make_session(), recording)
        assert store.session(key).recording.read_bytes() == b"wire"
        assert verify(store.parts).is_whole
        assert store.delete_runner("Ann") == 1
        assert store.parts.files.names(key) == []


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:s3cret@h/db failed",
        "connection to postgresql+psycopg://ann:s3%cret@h:1/db?x=1",
        "dbname=x password=s3cret host=h",
        "s3://key:s3cret@bucket/x",
        "https://h/x?token=s3cret&y=1",
    ],
)
def test_passwords_are_taken_out_of_texts(text):
    said = without_secrets(text)
    assert "cret" not in said
    assert "***" in said

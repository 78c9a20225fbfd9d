"""Exports that cannot be right: one line from every way in, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

import levelstride as ls
from tests.command_line.conftest import Command
from tests.command_line.test_bad_input import refused
from tests.pipeline.bad_exports import EVERY, HOSTILE, SOME, bad_export, zipped
from tests.pipeline.vendor_files import motion, write_dot, write_metawear


def refused_everywhere(command: Command, folder: Path, paths: list[Path]) -> str:
    """By the command line and by Python; gives the line."""
    before = sorted(folder.rglob("*"))
    name = paths[0].parent.name
    refused(command("import", *paths, "--out", folder / "out.mcap"), name)
    refused(command("analyze", *paths, "--out", folder / "strides.csv"), name)
    with pytest.raises(ls.LevelstrideError) as caught:
        ls.read(paths)
    assert "\n" not in str(caught.value)
    assert sorted(folder.rglob("*")) == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("maker", "fault"),
    [pytest.param(*pair, marks=() if pair in SOME else pytest.mark.full) for pair in EVERY],
)
def test_an_export_with_a_fault(tmp_path: Path, command: Command, maker: str, fault: str) -> None:
    folder = tmp_path / "session"
    paths = bad_export(folder, maker, fault)
    said = refused_everywhere(command, tmp_path, paths)
    archive = tmp_path / "session" / "all.zip"
    archive.write_bytes(zipped(paths))
    with pytest.raises(ls.LevelstrideError) as caught:
        ls.analyze(archive)
    assert str(caught.value).split(": ", 1)[1] == said.split(": ", 1)[1]


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_made_to_do_harm(tmp_path: Path, command: Command, case: str) -> None:
    (tmp_path / "session").mkdir()
    name, content = HOSTILE[case]
    path = tmp_path / "session" / name
    path.write_bytes(content())
    refused_everywhere(command, tmp_path, [path])


def test_files_of_two_time_zones(tmp_path: Path, command: Command) -> None:
    for name in ("session", "other"):
        (tmp_path / name).mkdir()
    first = write_dot(tmp_path / "session", motion())[:2]
    last = write_dot(tmp_path / "other", motion(), zone="GMT+8")[2:]
    before = sorted(tmp_path.rglob("*"))
    refused(command("import", *first, *last, "--out", tmp_path / "out.mcap"), "time zone")
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "meta").mkdir()
    paths = write_metawear(tmp_path / "meta", motion(), zones=("+0100", "-0700"))
    assert "time zone" in refused_everywhere(command, tmp_path, paths)

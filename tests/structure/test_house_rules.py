"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDORED = ("vendor/",)
LARGEST_FILE_LINES = {"tests": 500}
LARGEST_PACKAGE_FILE_LINES = 430


def tracked() -> list[Path]:
    """Files that belong to the project."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if not any(part in name for part in VENDORED)]


def texts(*suffixes: str) -> dict[Path, str]:
    return {
        path: path.read_text(encoding="utf-8")
        for path in tracked()
        if path.suffix in suffixes and path.is_file()
    }


def test_no_page_or_style_asks_another_computer() -> None:
    """Assets are local: no address of another host in scripts, styles or page code."""
    pattern = re.compile(r"https?://(?!127\.0\.0\.1|localhost|www\.w3\.org/)[a-z0-9.]+", re.I)
    for path, text in texts(".js", ".css").items():
        assert not pattern.search(text), path


def test_the_lock_names_the_public_index_only() -> None:
    """A mirror's address in the lock file would keep others from installing."""
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)/", text))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}


def test_files_stay_readable_in_one_sitting() -> None:
    """A file that grows past this is two concepts."""
    for path, text in texts(".py").items():
        top = path.relative_to(ROOT).parts[0]
        limit = LARGEST_FILE_LINES.get(top, LARGEST_PACKAGE_FILE_LINES)
        assert text.count("\n") <= limit, path


def test_there_are_no_loose_ends() -> None:
    """No marks for work put off."""
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    for path, text in texts(".py", ".js", ".css").items():
        if "tests" not in path.parts:
            assert not pattern.search(text), path


def test_benchmarks_start_by_their_names_alone() -> None:
    """Other packages bring a module named ``tests``, too: ours must come first on the path."""
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        first = re.search(r"^from (tests|benchmarks)[. ]", text, re.MULTILINE)
        if first is not None:
            assert "sys.path.insert(0, " in text[: first.start()], path

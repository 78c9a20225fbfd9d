"""Pages that are written from the code are in step with it."""

from __future__ import annotations

import runpy

from tests.conftest import ROOT


def test_the_command_line_page_is_in_step_with_the_commands() -> None:
    """If this fails: ``uv run python docs/generate_command_line.py``."""
    page = runpy.run_path(str(ROOT / "docs" / "generate_command_line.py"))["command_line_page"]()
    assert (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8") == page


def test_the_scenario_pages_are_in_step_with_the_scenario_files() -> None:
    """If this fails: ``uv run python docs/generate_scenarios.py`` (with names: only those pictures)."""
    folder = ROOT / "docs" / "scenarios"
    pages = runpy.run_path(str(ROOT / "docs" / "generate_scenarios.py"))["pages"]()
    assert {path.name for path in folder.glob("*.md")} == set(pages)
    for name, page in pages.items():
        assert (folder / name).read_text(encoding="utf-8") == page
        if name != "index.md":
            picture = folder / name.replace(".md", ".png")
            assert 10_000 < picture.stat().st_size < 150_000


def test_the_page_of_the_interface_is_in_step_with_its_description() -> None:
    """If this fails: ``uv run python docs/generate_api.py``."""
    page = runpy.run_path(str(ROOT / "docs" / "generate_api.py"))["api_page"]()
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == page


def test_the_sizing_page_is_in_step_with_the_measured_costs() -> None:
    """If this fails: ``uv run python docs/generate_sizing.py``."""
    page = runpy.run_path(str(ROOT / "docs" / "generate_sizing.py"))["sizing_page"]()
    assert (ROOT / "docs" / "sizing.md").read_text(encoding="utf-8") == page

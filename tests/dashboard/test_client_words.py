"""The scripts say nothing that the catalogue does not have, and the program little."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dashboard
import pipeline
from dashboard.client_words import CLIENT_TEXTS, client_words
from dashboard.language import use_language
from dashboard.said import said
from dashboard.text import (
    CALIBRATION_WORDS,
    LIVE_HINT,
    MARK_WORDS,
    PHASE_WORDS,
    PREPARATION_WORDS,
    REFUSAL_WORDS,
    REFUSED_AGAIN_WORDS,
    SENSOR_STATE_WORDS,
)
from dashboard.translations.german import GERMAN
from pipeline.feedback_request import CUE_METRICS
from pipeline.live_session import GUIDANCE
from pipeline.metrics.registry import METRICS
from pipeline.setup_signal import Finding
from sensors.placement import Placement

ASSETS = Path(dashboard.__file__).parent / "assets"
SCRIPTS = [*ASSETS.glob("live*.js"), ASSETS / "setup.js"]
SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')
SPEAKERS = (
    "setup_signal.py",
    "setup_session.py",
    "feedback_request.py",
    "side_check.py",
    "live_session.py",
    "session_trouble.py",
)
"""Files of the pipeline whose sentences reach the live page or the set-up."""
THREADS = {"stride engine", "live session", "set-up", "cannot tell"}
"""Names of threads, and others that nobody is told."""
NUMBER_OR_NAME = "7"


@pytest.fixture
def german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def rendered(node: ast.expr) -> str:
    """A text, with a number in the place of each field; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else NUMBER_OR_NAME
            for part in node.values
        )
    return ""


def sentences(path: Path) -> Iterator[str]:
    """Texts with a space in them that a file hands to somebody."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in {
            "error",
            "exception",
        }:
            given = [*node.args, *(word.value for word in node.keywords)]
        elif isinstance(node, ast.Return | ast.Assign) and node.value is not None:
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            given = list(values)
        for each in given:
            text = rendered(each)
            if " " in text.strip() and text not in THREADS:
                yield text


def test_each_text_of_the_scripts_is_handed_to_them_and_each_handed_text_is_said() -> None:
    in_scripts = {
        text for path in SCRIPTS for text in SAID.findall(path.read_text(encoding="utf-8"))
    }
    assert in_scripts == set(CLIENT_TEXTS)
    assert len(in_scripts) > 50
    assert in_scripts - set(GERMAN) == set()


def test_scripts_put_no_english_words_of_their_own_on_the_page() -> None:
    """What looks like a sentence in a script goes through the catalogue."""
    bare = re.compile(r'(?<!say\()(?<!say\(\n)"([A-Z][a-z]+ [a-z][^"]*|[a-z]+ [a-z]+ [a-z][^"]*)"')
    for path in SCRIPTS:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r'\bsay\(\s*"(?:[^"\\]|\\.)*"', "", text)
        found = [each for each in bare.findall(text) if not each.startswith("ls-")]
        assert found == [], path.name


def test_words_of_states_steps_and_marks_are_in_the_catalogue() -> None:
    tables = (PHASE_WORDS, CALIBRATION_WORDS, PREPARATION_WORDS, REFUSAL_WORDS, MARK_WORDS)
    tables = (*tables, REFUSED_AGAIN_WORDS)
    words = {text for table in tables for text in table.values()}
    words |= {*SENSOR_STATE_WORDS.values(), *GUIDANCE.values(), LIVE_HINT}
    words |= {place.label for place in Placement} | {METRICS[key].name for key in CUE_METRICS}
    assert words - set(GERMAN) == set()


@pytest.mark.parametrize("name", SPEAKERS)
def test_what_the_program_says_on_the_live_pages_is_translated(name: str, german: None) -> None:
    path = Path(pipeline.__file__).parent / name
    texts = list(sentences(path))
    assert texts, "the file says nothing: take it off the list"
    assert [text for text in texts if said(text) == text] == []


def test_a_sentence_is_translated_with_what_stands_in_it(german: None) -> None:
    assert said("left: keep the pelvis level") == "links: das Becken gerade halten"
    assert said("no sensor answered within 12.5 s. Switch it off and on.") == (
        "kein Sensor hat in 12,5 s geantwortet. Aus- und wieder einschalten."
    )
    assert said("own session of 2026-03-31") == "eigene Sitzung vom 31.03.2026"
    assert said("own session of 2026-02-31") == "eigene Sitzung vom 2026-02-31"
    finding = Finding(
        "slip", "left shank", "may have slipped: it sits 7° from where it sat", "", False
    )
    assert said(finding.what) == "vielleicht verrutscht: sitzt 7° anders als zuvor"


@pytest.mark.parametrize(
    "text", ["", "mine: {x} {0} %s", "Blue rope. New one", "x" * 100_000, ". " * 900]
)
def test_a_text_that_nobody_knows_stays_as_it_is(text: str, german: None) -> None:
    assert said(text) == text


def test_english_pages_carry_no_catalogue() -> None:
    assert client_words() == "{}"
    assert said("not found") == "not found"


def test_german_pages_carry_every_text(german: None) -> None:
    assert set(json.loads(client_words())) == set(CLIENT_TEXTS)

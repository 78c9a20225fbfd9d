"""Words in two languages from one catalogue; numbers and dates as readers expect them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.datastructures import Headers

import dashboard
from dashboard.language import day_text, language, tr, use_language, wanted_language
from dashboard.number_text import metric_text, plain_number, signed_text
from dashboard.pages.help import FOR_RUNNERS, FOR_THERAPISTS
from dashboard.parts.journal_forms import FIELD_LABELS
from dashboard.parts.metric_picture import CAPTIONS
from dashboard.parts.pattern_section import PATTERN_WORDS
from dashboard.said import said
from dashboard.text import EMPTY_LIBRARY, FIELD_WORDS, FOOTER, FOOTER_DETAIL, GAIT_WORDS
from dashboard.translations.german import GERMAN
from pipeline.metrics.registry import METRICS
from pipeline.stride import FLAG_NAMES
from pipeline.tasks.repetition import REPETITION_FLAGS, TASK_METRICS

FIELDS = re.compile(r"\{(\w+)(?::[^}]*)?\}")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def texts_of_the_pages() -> set[str]:
    """Every text that is handed to ``tr`` as it stands."""
    found = set()
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "tr"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_text_of_the_pages_is_in_the_catalogue() -> None:
    named = {
        text for topics in (FOR_RUNNERS, FOR_THERAPISTS) for _, body in topics for text in body
    }
    named |= {*FIELD_LABELS.values(), *PATTERN_WORDS.values(), *GAIT_WORDS.values()}
    named |= {FOOTER, FOOTER_DETAIL, EMPTY_LIBRARY}
    named |= {*FLAG_NAMES.values(), *FIELD_WORDS.values(), *REPETITION_FLAGS.values()}
    named |= {*CAPTIONS.values()}
    named |= {text for pair in TASK_METRICS.values() for text in pair}
    for metric in METRICS.values():
        named |= {metric.name, metric.short_name, metric.definition, metric.does_not_mean}
        named |= {*metric.context, metric.sign or metric.name}
        for band in metric.reference_bands:
            named |= {band.population, band.speed, band.caution or band.speed}
    missing = sorted((texts_of_the_pages() | named) - set(GERMAN))
    assert missing == []


def test_translations_have_the_fields_of_their_texts() -> None:
    for english, german in GERMAN.items():
        assert sorted(FIELDS.findall(english)) == sorted(FIELDS.findall(german)), english


def test_numbers_and_days_follow_the_language() -> None:
    day = date(2026, 3, 31)
    assert (metric_text("cpd_peak_deg", 5.26), day_text(day)) == ("5.3", "2026-03-31")
    use_language("de")
    assert (metric_text("cpd_peak_deg", 5.26), day_text(day)) == ("5,3", "31.03.2026")
    assert signed_text("cpd_peak_deg", 0.04) == "0,0"
    assert signed_text("cpd_peak_deg", -1.25) == "−1,2"
    assert plain_number(-0.01, 1) == "0,0"
    assert tr("Sessions") == "Sitzungen"
    assert tr("a text that nobody translated {x}", x=1) == "a text that nobody translated 1"


def test_braces_of_a_users_text_are_left_alone() -> None:
    assert tr("{name}: each valid stride.", name="{x}") == "{x}: each valid stride."


@pytest.mark.parametrize(
    ("headers", "chosen"),
    [
        ({}, "en"),
        ({"accept-language": "de-AT,en;q=0.5"}, "de"),
        ({"accept-language": "fr,de;q=0.5"}, "de"),
        ({"accept-language": "*;q=nonsense" * 100}, "en"),
        ({"accept-language": "de", "cookie": "levelstride-language=en"}, "en"),
        ({"cookie": "levelstride-language=de"}, "de"),
        ({"cookie": 'levelstride-language="<x>"; \x00'}, "en"),
    ],
)
def test_the_choice_goes_before_the_browsers_wish(headers: dict[str, str], chosen: str) -> None:
    assert wanted_language(Headers(headers)) == chosen


def test_an_unknown_language_is_english() -> None:
    use_language("xx")
    assert language() == "en"


def test_remarks_of_the_analysis_and_cues_are_said_in_german() -> None:
    use_language("de")
    for english, german in {
        "pelvis: 12.5% of the samples are missing": "Becken: 12,5 % der Messwerte fehlen",
        "left shank: the sensor sent no samples": "linker Unterschenkel: der Sensor hat keine",
        "a sensor sits otherwise from 120 s on (31 strides); it may have slipped": "ab 120 s anders",
        "there is no right shank sensor: no right strides": "keine Schritte rechts",
        "the recording was not closed; what follows the last flush is missing": "nicht abgeschlossen",
        "left: keep the pelvis level": "links: das Becken gerade halten",
        "The file of strides is missing. Analyse the recording again to write it anew.": "fehlt. Die",
    }.items():
        assert german in said(english), said(english)

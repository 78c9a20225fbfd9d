"""The report: the session's numbers, everything as text, and a PDF that can be read out."""

from __future__ import annotations

import os
import re
import zlib
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import numpy as np
import pytest

from dashboard.errors import PdfUnavailable
from dashboard.language import use_language
from dashboard.number_text import metric_text
from dashboard.report.content import AUDIENCES
from dashboard.report.make import session_report, session_report_pdf
from dashboard.report.printable import _ranges, printable
from dashboard.report.svg_chart import SvgChart, nice_ticks
from pipeline.journal_entry import JournalEntry, Plan, Remark
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session, make_stride

HOSTILE = "<script>alert('x')</script> & \"q\" مرحبا 🏃‍♀️ ‮desrever"
LONG = "A line of a note that goes on. " * 330


class Tags(HTMLParser):
    """Names of all tags and values of all addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.fixture
def written(store: Store) -> str:
    """A session of a runner with a hostile name, history, journal, and long notes."""
    for number in range(4):
        session_id = store.add_session(make_session(number, per_side=70, runner=HOSTILE[:190]))
    runner_id = store.sessions()[0].runner_id
    day = datetime(2026, 3, 3, tzinfo=UTC).date()
    store.journal.add_entry(
        runner_id, JournalEntry(day, pain_during=3, shoes=HOSTILE, note=HOSTILE)
    )
    store.journal.write_plan(runner_id, Plan(HOSTILE, HOSTILE, LONG))
    store.journal.write_remark(session_id, Remark(("<b>tag",), LONG))
    return session_id


def pdf_text_objects(data: bytes) -> bytes:
    """All streams of a PDF, unpacked."""
    parts = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S):
        try:
            parts.append(zlib.decompress(match.group(1)))
        except zlib.error:
            parts.append(match.group(1))
    return b"\n".join([data, *parts])


def test_the_report_holds_the_numbers_of_the_library_and_texts_as_text(
    store: Store, written: str
) -> None:
    summary = store.session(written).summary
    for audience in AUDIENCES:
        html = session_report(store, written, audience)
        tags = Tags()
        tags.feed(html)
        assert "script" not in tags.names
        assert not {"b", "iframe", "object"} & tags.names
        assert all(address.startswith("data:") for address in tags.addresses)
        assert "&lt;script&gt;alert(" in html
        for side in ("left", "right"):
            for key in ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg"):
                assert metric_text(key, summary.metrics[side][key].median) in html
        assert "Not a medical device" in html
        assert "Bramah" in html
        assert "Minimal detectable change" in html


def pdf_of(store: Store, session_id: str) -> bytes:
    """The report as PDF; a computer without the system library skips, the automatic tests fail."""
    try:
        return session_report_pdf(store, session_id)
    except PdfUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_the_pdf_is_tagged_has_text_and_no_pixels(store: Store, written: str) -> None:
    data = pdf_of(store, written)
    assert data.startswith(b"%PDF-")
    inside = pdf_text_objects(data)
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/ToUnicode", b"/Lang", b"/Alt"):
        assert mark in inside, mark
    assert b"/Subtype /Image" not in inside
    assert b"/Subtype/Image" not in inside


def test_the_pdf_has_two_pages_however_much_was_written(store: Store, written: str) -> None:
    """Notes of 10 kB, a full journal, hostile names: what is left out is said."""
    runner_id = store.summary(written).runner_id
    first = datetime(2026, 1, 1, tzinfo=UTC).date()
    for number in range(20):
        store.journal.add_entry(
            runner_id,
            JournalEntry(first + timedelta(days=number), distance_km=5.0, shoes=HOSTILE * 2),
        )
    data = pdf_of(store, written)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf_text_objects(data))) == 2


def test_signs_without_a_font_are_in_words_or_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "<body>fast \U0001f3c3\u200d\u2640\ufe0f <b>\u05e9\u05dc\u05d5\u05dd</b> \u738b\u738b</body>"
    have = {*"\u05e9\u05dc\u05d5\u05dd▯"}
    monkeypatch.setattr("dashboard.report.printable._has_font", lambda sign: sign in have)
    shown = printable(text)
    assert shown.startswith("<body>fast [runner]")
    assert "\u05e9\u05dc\u05d5\u05dd</b> ▯▯" in shown
    assert "2 signs are printed as ▯" in shown
    assert shown.endswith("</p>\n</body>")
    monkeypatch.setattr("dashboard.report.printable._has_font", lambda sign: True)
    assert printable(text) == text


def test_signs_of_fonts_are_read_from_their_list() -> None:
    assert _ranges(":charset=20-7e a0\n:charset=7f-a1 1f600:lang=en") == ((0x20, 0xA1),)
    assert _ranges(":charset=20-7e 1f600\n") == ((0x20, 0x7E), (0x1F600, 0x1F600))
    assert _ranges("") == ()


@pytest.mark.parametrize("strides", [[], [make_stride(n, "left") for n in range(3)]])
def test_an_empty_or_partial_session_has_a_report(store: Store, strides: list[object]) -> None:
    session_id = store.add_session(make_session(1, strides=strides, runner=""))  # type: ignore[arg-type]
    html = session_report(store, session_id)
    assert "Not a medical device" in html
    assert ("no valid stride" in html) == (not strides)


def test_german_reports_have_german_words_and_decimal_commas(store: Store, written: str) -> None:
    use_language("de")
    try:
        html = session_report(store, written)
        value = store.session(written).summary.metrics["left"]["cpd_peak_deg"].median
    finally:
        use_language("en")
    assert '<html lang="de">' in html
    assert f"{value:.1f}".replace(".", ",") in html
    assert "Kein Medizinprodukt" in html
    assert not re.search(r"\d\.\d°", re.sub(r"<style>.*</style>", "", html, flags=re.S))


def test_ticks_are_round_and_lie_inside() -> None:
    for low, high in ((0.0, 1.0), (-3.2, 11.9), (0.001, 0.0042), (100.0, 100.5)):
        ticks = nice_ticks(low, high)
        assert 2 <= len(ticks) <= 12
        assert low - 1e-9 <= ticks[0]
        assert ticks[-1] <= high + 1e-9
        assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])


def test_a_chart_breaks_its_line_where_nothing_is_known_and_escapes_words() -> None:
    chart = SvgChart(100, 80, (0, 4), (0, 1), title="<a>")
    chart.curve(np.arange(5.0), np.array([0, 1, np.nan, 1, 0.0]), "#000000")
    chart.text(0, 0, "<script>")
    markup = chart.markup()
    assert markup.count("<polyline") == 2
    assert "<script>" not in markup
    assert "nan" not in markup

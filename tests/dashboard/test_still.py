"""Parts that no callback changes go out as HTML: the same words and attributes, nothing as markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from dash import dcc, html

from dashboard.compare_callbacks import compare_skeleton
from dashboard.library_callbacks import library_skeleton
from dashboard.pages import compare, session, sessions
from dashboard.pages.shell import CONTENT_ID, PROBLEM_ID, TITLE_ID, URL_ID
from dashboard.parts.forms import choice_field, line_field, number_field, text_area
from dashboard.parts.raw_section import RAW_GRAPH_ID
from dashboard.session_callbacks import session_skeleton
from dashboard.still import StillPart, html_text, still
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.requests import ask

HOSTILE = '</textarea><script>alert("x")</script>&amp;\u202e\U0001f3c3\' onload="y'


class Elements(HTMLParser):
    """Elements with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "part",
    [
        html.P(HOSTILE, title=HOSTILE),
        html.A(HOSTILE, href=HOSTILE, **{"data-x": HOSTILE, "aria-label": HOSTILE}),
        dcc.Link(HOSTILE, href=HOSTILE),
        line_field("a", "b", HOSTILE, HOSTILE, hint=HOSTILE),
        text_area("a", "b", HOSTILE, HOSTILE),
        choice_field("a", "b", HOSTILE, [(HOSTILE, HOSTILE)], chosen=HOSTILE),
    ],
)
def test_texts_stay_texts(part: Any) -> None:
    read = Elements(html_text([part]))
    assert {tag for tag, _ in read.found} <= {
        "p",
        "a",
        "div",
        "label",
        "input",
        "textarea",
        "select",
        "option",
    }
    assert HOSTILE in read.text
    for _, given in read.found:
        assert "onload" not in given
        assert all(value in {HOSTILE} for value in given.values() if value and "<" in value)


def test_attributes_are_those_of_the_components() -> None:
    field = Elements(html_text(number_field("low", "low", "from"))).found
    assert ("label", {"for": "low", "class": "ls-label"}) in field
    (entry,) = [given for tag, given in field if tag == "input"]
    assert (entry["id"], entry["name"], entry["type"]) == ("low", "low", "text")
    assert (entry["maxlength"], entry["inputmode"], entry["class"]) == (
        "12",
        "numeric",
        "ls-input ls-short",
    )
    options = Elements(html_text(choice_field("a", "b", "c", [("1", "x"), ("2", "y")], chosen="2")))
    assert [given for tag, given in options.found if tag == "option"] == [
        {"value": "1"},
        {"value": "2", "selected": None},
    ]
    shown = html.Div(
        [html.Br(), html.P("x", hidden=True), html.P(hidden=False)], style={"minHeight": "3px"}
    )
    assert html_text(shown) == '<div style="min-height:3px"><br><p hidden>x</p><p></p></div>'
    assert html_text(html.Pre("\nx")) == "<pre>\n\nx</pre>"
    assert html_text(None) + html_text(["a", 1, 2.5]) == "a12.5"


def test_what_callbacks_use_stays_a_component_and_the_rest_does_not() -> None:
    page = still(
        html.Div(
            [
                html.P("read only"),
                html.Div([html.P("filled later")], id="box"),
                html.Section([dcc.Store(id="store"), html.P(["a ", html.B("b")])]),
                html.Div(html.Button("press", id="button")),
            ]
        ),
        {"box", "button"},
    )
    first, box, section, around = page.children
    assert isinstance(first, StillPart)
    assert first.to_plotly_json()["props"] == {"dangerouslySetInnerHTML": {"__html": "read only"}}
    assert not isinstance(box, StillPart)
    assert isinstance(box.children[0], StillPart)
    assert isinstance(section.children[0], dcc.Store)
    assert section.children[1].inner == "a <b>b</b>"
    assert not isinstance(around, StillPart)
    assert still(page, {"box", "button"}) is page


def test_every_element_that_a_callback_names_is_left_a_component(
    serve_dashboard: ServeDashboard,
) -> None:
    """A callback whose element had become text would wait for ever."""
    named: set[str] = set()
    for one in json.loads(ask(serve_dashboard().port, "/_dash-dependencies").body):
        named |= {place["id"] for place in (*one["inputs"], *one["state"])}
        named |= set(re.findall(r"([a-z-]+)\.[a-z-]+", one["output"]))
    of_the_frame = {URL_ID, CONTENT_ID, TITLE_ID, PROBLEM_ID, "main"}
    made_by_callbacks = {RAW_GRAPH_ID}
    kept = session.ANSWERED_IDS | sessions.ANSWERED_IDS | compare.ANSWERED_IDS
    others = named - kept - of_the_frame - made_by_callbacks
    skeletons = [session_skeleton(), library_skeleton(), compare_skeleton()]
    stores = {
        part.id
        for skeleton in skeletons
        for part in skeleton.children
        if isinstance(part, dcc.Store)  # never part of a text
    }
    assert len(named) > 15
    assert others == stores

"""Forms that post their fields as JSON; see ``assets/forms.js``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.language import tr
from dashboard.parts.attributes import attributes


def form(element_id: str, address: str, *content: Any, next_page: str = "", **more: Any) -> Any:
    """A form with a place for what went wrong.

    Args:
        element_id: id of the form.
        address: where its fields are posted.
        content: fields and buttons.
        next_page: page to go to afterwards; the same one when empty.
        more: further properties.
    """
    data = {
        "data_post": address,
        "data_refused": tr("This was refused."),
        "data_silent": silent_words(),
    }
    if next_page:
        data["data_next"] = next_page
    return html.Form(
        [*content, html.P(role="status", className="ls-result ls-problem")],
        id=element_id,
        className="ls-form",
        **attributes(**data),
        **more,
    )


def silent_words() -> str:
    """What is said when the program does not answer."""
    return tr("The program on this computer does not answer. Start it again.")


def _labelled(element_id: str, label: str, field: Any, *, wide: bool = False) -> Any:
    return html.Div(
        [html.Label(label, htmlFor=element_id, className="ls-label"), field],
        className="ls-field ls-wide" if wide else "ls-field",
    )


def line_field(
    element_id: str, name: str, label: str, value: str = "", *, hint: str = "", wide: bool = False
) -> Any:
    """A field of one line.

    Args:
        element_id: id of the input.
        name: name of the field.
        label: visible label.
        value: what stands in it.
        hint: example of a value.
        wide: whether it takes the whole width.
    """
    entry = dcc.Input(
        id=element_id,
        name=name,
        value=value,
        type="text",
        placeholder=hint,
        autoComplete="off",
        className="ls-input",
        maxLength=200,
    )
    return _labelled(element_id, label, entry, wide=wide)


def number_field(element_id: str, name: str, label: str) -> Any:
    """A field for a number, with decimal point or comma."""
    entry = dcc.Input(
        id=element_id,
        name=name,
        type="text",
        inputMode="numeric",
        autoComplete="off",
        className="ls-input ls-short",
        maxLength=12,
    )
    return _labelled(element_id, label, entry)


def text_area(element_id: str, name: str, label: str, value: str = "", rows: int = 4) -> Any:
    """A field of several lines."""
    entry = dcc.Textarea(
        id=element_id,
        name=name,
        value=value,
        rows=rows,
        maxLength=20_000,
        className="ls-input ls-area",
        dir="auto",
    )
    return _labelled(element_id, label, entry, wide=True)


def _option(value: str, words: str, chosen: str | None) -> Any:
    option: Any = html.Option(words, value=value)
    if value == chosen:
        option.selected = True
    return option


def choice_field(
    element_id: str,
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    chosen: str | None = None,
) -> Any:
    """A choice of one value.

    Args:
        element_id: id of the select.
        name: name of the field.
        label: visible label.
        choices: pairs of value and words.
        chosen: value that is chosen at the beginning; None for the first one.
    """
    select = html.Select(
        [_option(value, words, chosen) for value, words in choices],
        id=element_id,
        name=name,
        className="ls-select",
    )
    return _labelled(element_id, label, select)


def submit(words: str, *, primary: bool = True) -> Any:
    """A button that sends the form."""
    return html.Button(
        words, type="submit", className="ls-button ls-primary" if primary else "ls-button"
    )


def hidden_value(name: str, value: str) -> Any:
    """A value that goes along."""
    return dcc.Input(name=name, value=value, type="hidden")

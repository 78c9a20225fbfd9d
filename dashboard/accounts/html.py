"""Pages of accounts: plain HTML without script, as forms are all there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.accounts import routes as own
from dashboard.accounts.cookies import form_token, form_token_fits
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.language import language, tr
from dashboard.text import APP_NAME, FOOTER
from pipeline.accounts.errors import AccountError
from pipeline.errors import FieldError

_MOST_BYTES = 20_000


class FormRefused(AccountError):
    """A form did not come from this browser's own page."""

    def __init__(self) -> None:
        super().__init__("the page was too old, or not ours", remedy="Load it again and repeat")


async def form_of(request: Request, secret: str) -> dict[str, str]:
    """Fields of a form.

    Args:
        request: from a browser, so not to be trusted.
        secret: what the token of the form was made from.

    Raises:
        FormRefused: the form's token does not fit, or it is no form.
    """
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > _MOST_BYTES:
            raise FormRefused
    try:
        text = parts.decode("utf-8")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=40))
    except ValueError as error:
        raise FormRefused from error
    if not form_token_fits(secret, fields.pop("form_token", "")):
        raise FormRefused
    return fields


def new_password(fields: Mapping[str, str]) -> str:
    """A new password that was written twice.

    Raises:
        FieldError: it was not written twice the same.
    """
    password = fields.get("password", "")
    if password != fields.get("again"):
        raise FieldError("password", "was not repeated as it is", "Write it twice")
    return password


def field(
    name: str,
    label: str,
    *,
    kind: str = "text",
    value: str = "",
    autocomplete: str = "off",
    more: str = "",
) -> str:
    """A labelled input.

    Args:
        name: name of the field.
        label: visible label.
        kind: type of the input.
        value: what stands in it.
        autocomplete: what a browser may fill in.
        more: further attributes, as HTML.
    """
    return (
        f'<div class="ls-field"><label class="ls-label" for="f-{name}">{escape(label)}</label>'
        f'<input class="ls-input" id="f-{name}" name="{name}" type="{kind}" '
        f'value="{escape(value)}" autocomplete="{autocomplete}" maxlength="200" required {more}>'
        "</div>"
    )


def choice(
    element_id: str, name: str, label: str, options: Iterable[tuple[str, str]], chosen: str = ""
) -> str:
    """A labelled list of which one is chosen; options are value and words."""
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}'
        "</option>"
        for value, words in options
    )
    return (
        f'<div class="ls-field"><label class="ls-label" for="{element_id}">{escape(label)}</label>'
        f'<select class="ls-select" id="{element_id}" name="{name}">{inner}</select></div>'
    )


def form(
    action: str, secret: str, inner: str, button: str, *, hidden: dict[str, str] | None = None
) -> str:
    """A form that posts its fields.

    Args:
        action: address.
        secret: what its token is made from.
        inner: fields, as HTML.
        button: words of the button.
        hidden: further fields.
    """
    kept = {"form_token": form_token(secret), **(hidden or {})}
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in kept.items()
    )
    return (
        f'<form method="post" action="{escape(action)}" class="ls-form">{fields}{inner}'
        f'<p><button class="ls-button ls-primary" type="submit">{escape(button)}</button></p></form>'
    )


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are HTML already."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="ls-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="ls-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def card(heading: str, inner: str) -> str:
    """A part of a page."""
    return f'<section class="ls-card"><h2>{escape(heading)}</h2>{inner}</section>'


def document(
    request: Request,
    title: str,
    inner: str,
    *,
    problem: str = "",
    said: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A whole page.

    Args:
        request: what it answers.
        title: heading.
        inner: parts, as HTML.
        problem: what went wrong.
        said: what was done.
        status: of the answer.
    """
    visitor = visitor_of(request.scope)
    links = ""
    if visitor.user is not None:
        shown = [(tr("Sessions"), "/sessions"), (tr("Account"), own.ACCOUNT)]
        shown.append((tr("Share"), own.SHARES))
        if visitor.user.role == "admin":
            shown += [(tr("Accounts"), own.PEOPLE), (tr("Audit"), own.AUDIT)]
        links = "".join(
            f'<a class="ls-nav" href="{href}">{escape(words)}</a>' for words, href in shown
        )
        links = f'<nav aria-label="{escape(tr("Main"))}">{links}</nav>' + form(
            own.SIGN_OUT, visitor.token, "", tr("Sign out")
        )
    notes = f'<p class="ls-result ls-problem" role="alert">{escape(problem)}</p>' if problem else ""
    notes += f'<p class="ls-result" role="status">{said}</p>' if said else ""
    return HTMLResponse(
        f"""<!DOCTYPE html>
<html lang="{language()}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>{escape(title)} · {APP_NAME}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<link rel="stylesheet" href="/assets/levelstride.css"><link rel="stylesheet" href="/assets/review.css">
<link rel="stylesheet" href="/assets/accounts.css"></head>
<body><header class="ls-header"><a class="ls-brand" href="/">{APP_NAME}</a>{links}</header>
<main class="ls-main" id="main"><h1>{escape(title)}</h1>{notes}{inner}</main>
<footer class="ls-footer"><strong>{escape(tr(FOOTER))}</strong></footer>
<script src="/assets/colour_scheme.js"></script></body></html>""",
        status,
    )

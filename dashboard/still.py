"""Parts of a page that no callback changes, as text of HTML.

Dash builds a tree of components in the browser out of everything that a page sends, and looks at
each of them again whenever something changes. Of a page of text and tables most is only read, so
it goes out as one piece of HTML per part; what a callback reads or fills stays a component.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from dash import dcc
from dash.development.base_component import Component

_RENAMED = {"className": "class", "htmlFor": "for"}
_OF_DASH = frozenset(
    {"children", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "loading_state"}
)
_VOID = frozenset({"br", "hr", "img", "input"})
_EATS_NEWLINE = frozenset({"pre", "textarea"})
_HTML = "dash_html_components"
_WILDCARDS = ("data-", "aria-")


class StillPart(Component):
    """An element whose content is text of HTML; the browser reads it in one go.

    Args:
        element: gives name and attributes.
        inner: what stands in it, as HTML.
    """

    def __init__(self, element: Component, inner: str) -> None:
        plain = _plain(element)
        self._type: str = plain["type"]
        self._namespace: str = plain["namespace"]
        self._prop_names: list[str] = []
        self._props = {k: v for k, v in plain["props"].items() if k != "children"}
        self.inner = inner

    def to_plotly_json(self) -> dict[str, Any]:
        """The element as Dash sends it."""
        props = {**self._props, "dangerouslySetInnerHTML": {"__html": self.inner}}
        return {"type": self._type, "namespace": self._namespace, "props": props}


def still(part: Any, answered: Collection[str] = ()) -> Any:
    """The same part of a page, with HTML in place of all that no callback changes.

    Args:
        part: component, text, or several of them; plain values (made still before) stay.
        answered: ids of elements that callbacks read or fill.
    """
    if isinstance(part, list | tuple):
        return [still(one, answered) for one in part]
    if not isinstance(part, Component) or isinstance(part, StillPart):
        return part
    inside = getattr(part, "children", None)
    if inside is None:
        return part
    fixed = getattr(part, "id", None) not in answered
    if fixed and _is_html(part) and _is_still(inside, answered):
        return StillPart(part, html_text(inside))
    part.children = still(inside, answered)
    return part


def _plain(part: Any) -> dict[str, Any]:
    return dict(part.to_plotly_json())  # Any: Dash's components carry no types


_PLACES: dict[type, dict[str, int]] = {}


def _props(part: Component) -> dict[str, Any]:
    """The same properties in the same order as Dash gives them, which looks for each it could have."""
    given = vars(part)
    places = _PLACES.get(type(part))
    if places is None:
        names = [name for name in given["_prop_names"] if not name.endswith("-*")]
        places = _PLACES[type(part)] = {name: place for place, name in enumerate(names)}
    props = {
        key: given[key] for key in sorted(places.keys() & given.keys(), key=places.__getitem__)
    }
    props.update((key, value) for key, value in given.items() if key.startswith(_WILDCARDS))
    return props


def _is_html(part: Component) -> bool:
    return bool(getattr(part, "_namespace", "") == _HTML)


def _is_link_or_field(part: Component) -> bool:
    return isinstance(part, dcc.Link | dcc.Input | dcc.Textarea)


def _is_still(part: Any, answered: Collection[str]) -> bool:
    if part is None or isinstance(part, str | int | float):
        return True
    if isinstance(part, list | tuple):
        return all(_is_still(one, answered) for one in part)
    if not isinstance(part, Component) or isinstance(part, StillPart):
        return False
    if not (_is_html(part) or _is_link_or_field(part)):
        return False
    if getattr(part, "id", None) in answered:
        return False
    return _is_still(getattr(part, "children", None), answered)


def html_text(part: Any) -> str:
    """Components as HTML; every text and value in it is escaped.

    Args:
        part: component of ``dash.html``, link or field; text; or several of them.
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(html_text(one) for one in part)
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    props = _props(part)
    inside = props.get("children")
    if isinstance(part, dcc.Link):
        name, props = "a", {**props, "data-page": "", "refresh": None}
        inside = props["href"] if inside is None else inside
    elif isinstance(part, dcc.Textarea):
        name, inside, props = "textarea", props.get("value"), {**props, "value": None}
    else:
        name = str(part._type).lower()
    start = f"<{name}{_attributes(props)}>"
    if name in _VOID:
        return start
    first = "\n" if name in _EATS_NEWLINE else ""
    return f"{start}{first}{html_text(inside)}</{name}>"


def _attributes(props: Mapping[str, Any]) -> str:
    words = []
    for key, value in props.items():
        if key in _OF_DASH or value is None or value is False:
            continue
        name = _RENAMED.get(key, key.lower())
        if value is True:
            words.append(f" {name}")
            continue
        if key == "style":
            value = ";".join(f"{_css_name(one)}:{said}" for one, said in value.items())
        words.append(f' {name}="{escape(str(value))}"')
    return "".join(words)


def _css_name(name: str) -> str:
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name)

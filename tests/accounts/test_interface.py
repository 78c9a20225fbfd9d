"""The interface for programs against its own description: no request brings the server down."""

from __future__ import annotations

import hashlib
import json
import re
import string
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.accounts.policy import ASKERS
from tests.accounts.clinic import Clinic

HEADER_TEXT = st.text(alphabet=string.printable.strip(), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)


def of_schema(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema of the description allows."""
    if "$ref" in schema:
        return of_schema(document["components"]["schemas"][schema["$ref"].split("/")[-1]], document)
    match schema.get("type"):
        case "object":
            parts = {k: of_schema(v, document) for k, v in schema.get("properties", {}).items()}
            return st.fixed_dictionaries(parts)
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"].replace("$", r"\Z"))
        case "string" if schema.get("format") == "binary":
            return st.binary(max_size=2000)
        case "string":
            return st.text(max_size=60)
    raise AssertionError(schema)


def described(clinic: Clinic) -> dict[str, Any]:
    document: dict[str, Any] = clinic.ask("anonymous", "/api/v1/openapi.json").json()
    return document


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(m.upper(), p, op) for p, ms in document["paths"].items() for m, op in ms.items()]


def test_the_description_names_every_answer_and_wants_the_token(clinic: Clinic) -> None:
    document = described(clinic)
    assert document["openapi"].startswith("3.")
    assert document["components"]["securitySchemes"]["device"]["scheme"] == "bearer"
    for method, path, operation in operations(document):
        assert operation["summary"].endswith("."), path
        assert "401" in operation["responses"], (method, path)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_request_allowed_or_not_is_answered_with_a_fault(clinic: Clinic, data: Any) -> None:
    one_request(clinic, data)


@pytest.mark.full
@settings(
    max_examples=3000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_thousands_of_requests_are_answered_without_a_fault(clinic: Clinic, data: Any) -> None:
    one_request(clinic, data)


def one_request(clinic: Clinic, data: Any) -> None:
    """A request to one of the described operations, as somebody, mostly as the description says."""
    asker = data.draw(st.sampled_from(["device"] * 4 + list(ASKERS)))
    document = described(clinic)
    method, path, operation = data.draw(st.sampled_from(operations(document)))
    known = clinic.ask(
        "device",
        "/api/v1/uploads",
        method="POST",
        body={"sha256": "ab" * 32, "size": 1000},
    ).json()["upload"]
    ids = st.sampled_from([known, str(uuid4()), "..", "%00", "x" * 300, "é"])
    path = re.sub(r"\{[^}]+\}", lambda _: data.draw(ids), path)
    headers = {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header" and data.draw(st.booleans()):
            fits = of_schema(parameter["schema"], document).map(str)
            headers[parameter["name"]] = data.draw(fits | HEADER_TEXT)
    body: bytes | None = None
    if "requestBody" in operation:
        ((kind, content),) = operation["requestBody"]["content"].items()
        fits = of_schema(content["schema"], document)
        body = data.draw(
            fits.map(lambda v: v if isinstance(v, bytes) else json.dumps(v).encode())
            | JSON.map(lambda v: json.dumps(v).encode())
            | st.binary(max_size=200)
        )
        headers["Content-Type"] = data.draw(st.sampled_from([kind, kind, "text/plain", ""]))
    answer = clinic.ask(asker, path, method=method, body=body, headers=headers)
    assert answer.status_code < 500, (method, path, answer.text)
    if asker != "device":
        assert answer.status_code in {401, 403, 404, 411}, (asker, method, path)
        return
    # every answer is one that the description names, or the guard's
    if not {"..", "%00"} & set(path.split("/")) and "x" * 300 not in path and "é" not in path:
        assert str(answer.status_code) in {*operation["responses"], "403", "404", "411", "413"}


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["piece", "piece", "piece", "again", "ahead", "state", "complete", "announce"]
        ),
        st.integers(1, 700),
    ),
    max_size=14,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=ACTIONS, data=st.binary(min_size=16, max_size=1000))
def test_pieces_in_any_order_leave_exactly_what_was_taken(
    clinic: Clinic, actions: list[tuple[str, int]], data: bytes
) -> None:
    """Pieces that fit are taken, all others refused with the right offset; a rest is never kept."""

    def ask(method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return clinic.ask("device", f"/api/v1{path}", method=method, body=body, headers=named)

    def announce() -> httpx.Response:
        digest = hashlib.sha256(data).hexdigest()
        return ask("POST", "/uploads", {"sha256": digest, "size": len(data)})

    upload = announce().json()["upload"]
    reached = 0
    for action, size in actions:
        if action == "announce":
            answer = announce()
            assert answer.status_code == 200
        elif action == "state":
            answer = ask("GET", f"/uploads/{upload}")
        elif action == "complete":
            answer = ask("POST", f"/uploads/{upload}/complete")
            if reached == len(data):
                assert answer.status_code == 422, "these bytes are no recording"
                assert ask("GET", f"/uploads/{upload}").status_code == 404
                return
            assert answer.status_code == 409
        else:
            offset = {"piece": reached, "again": max(0, reached - 1), "ahead": reached + 1}[action]
            piece = data[offset : offset + size]
            answer = ask("PATCH", f"/uploads/{upload}", piece, Upload_Offset=str(offset))
            if offset == reached:
                assert answer.status_code == 200
                reached += len(piece)
            else:
                assert answer.status_code == 409
        assert answer.json()["offset"] == reached
    assert ask("DELETE", f"/uploads/{upload}").status_code == 204
    assert ask("GET", f"/uploads/{upload}").status_code == 404

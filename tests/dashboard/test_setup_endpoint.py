"""The set-up's endpoints, on a served dashboard."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.requests import ask, post_json
from tests.dashboard.setup_script import ScriptedSetup

pytestmark = pytest.mark.real_time


def test_the_steps_reach_the_set_up_and_its_state_comes_back(
    serve_dashboard: ServeDashboard,
) -> None:
    setup = ScriptedSetup()
    port = serve_dashboard(ReplaySource([]), setup).port
    assert json.loads(ask(port, "/api/setup").body)["searched"] is False
    assert post_json(port, "/api/setup/find", "{}").status == 200
    state = json.loads(ask(port, "/api/setup").body)
    assert [s["place"] for s in state["sensors"]] == ["pelvis", "shank_left", ""]
    assert post_json(port, "/api/setup/blink", '{"address": "AA:03"}').status == 200
    assert setup.blinked == ["AA:03"]
    body = '{"places": {"AA:01": "pelvis", "AA:03": "shank_right"}}'
    assert post_json(port, "/api/setup/assign", body).status == 200
    assert {a: str(p) for a, p in setup.assigned.items()} == {
        "AA:01": "pelvis",
        "AA:03": "shank_right",
    }


def test_a_refused_step_says_why(serve_dashboard: ServeDashboard) -> None:
    port = serve_dashboard(ReplaySource([]), ScriptedSetup()).port
    body = '{"places": {"AA:01": "pelvis", "AA:03": "pelvis"}}'
    answer = post_json(port, "/api/setup/assign", body)
    assert answer.status == 409
    assert "Two sensors have the same place." in json.loads(answer.body)["problem"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("find", '{"more": 1}'),
        ("find", "[]"),
        ("blink", "{}"),
        ("blink", '{"address": 5}'),
        ("blink", '{"address": "%s"}' % ("x" * 101)),
        ("assign", '{"places": {"AA:01": "head"}}'),
        ("assign", '{"places": ["AA:01"]}'),
        ("assign", json.dumps({"places": {str(n): "pelvis" for n in range(51)}})),
    ],
)
def test_wrong_bodies_are_refused(serve_dashboard: ServeDashboard, path: str, body: str) -> None:
    setup = ScriptedSetup()
    port = serve_dashboard(ReplaySource([]), setup).port
    assert post_json(port, f"/api/setup/{path}", body).status == 422
    assert (setup.state.searched, setup.blinked, setup.assigned) == (False, [], {})


def test_steps_do_not_obey_a_plain_link_or_another_page(serve_dashboard: ServeDashboard) -> None:
    setup = ScriptedSetup()
    port = serve_dashboard(ReplaySource([]), setup).port
    ask(port, "/api/setup/find")
    assert post_json(port, "/api/setup/find", "{}", Origin="http://elsewhere").status == 403
    assert not setup.state.searched


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"metric": "cpd_peak_deg", "basis": "fixed", "low": 2, "high": 5}', 200),
        ('{"on": false}', 200),
        ('{"metric": "tir_exc_deg", "basis": "reference"}', 409),
        ('{"basis": "fixed", "low": 9, "high": 5}', 409),
        ('{"session_number": 9}', 409),
        ('{"metric": "anything"}', 422),
        ('{"change_percent": "5; rm"}', 422),
        ('{"change_percent": null}', 422),
    ],
)
def test_feedback_is_taken_or_refused_with_a_reason(
    serve_dashboard: ServeDashboard, body: str, status: int
) -> None:
    source = ReplaySource([])
    port = serve_dashboard(source).port
    answer = post_json(port, "/api/live/feedback", body)
    assert answer.status == status
    if status == 409:
        assert json.loads(answer.body)["problem"]
        assert source.snapshot().feedback is None


def test_marks_have_kinds_and_a_condition_can_come_with_the_start(
    serve_dashboard: ServeDashboard,
) -> None:
    source = ReplaySource([])
    port = serve_dashboard(source).port
    post_json(port, "/api/live/start", '{"runner": "A", "condition": "insole on"}')
    assert source.condition == "insole on"
    assert (
        post_json(port, "/api/live/mark", '{"text": "insole off", "kind": "condition"}').status
        == 200
    )
    assert source.condition == "insole off"
    assert post_json(port, "/api/live/mark", '{"kind": "verdict"}').status == 422

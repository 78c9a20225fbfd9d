"""Accounts in a browser: signing in, seeing what is one's own, sharing, signing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.clinic import NAMES, PASSWORD, Clinic, make_clinic
from tests.dashboard.browser_checks import accessibility_problems, fits_phone
from tests.dashboard.conftest import OpenPage, browser, browsers, open_page
from tests.dashboard.served import ServedDashboard

__all__ = ["browser", "browsers", "open_page"]
pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Clinic, str]]:
    """A practice that is really served, and its address."""
    clinic = make_clinic(tmp_path / "library")
    for name in ("anna", "tom", "ada"):
        clinic.store.accounts.people.set_password(name, PASSWORD)
    dashboard = ServedDashboard(clinic.store, None, accounts=clinic.settings)
    dashboard.start()
    yield clinic, dashboard.url
    dashboard.stop()
    clinic.store.close()


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_wrongly_then_rightly_and_out_again(
    served: tuple[Clinic, str], open_page: OpenPage
) -> None:
    clinic, url = served
    page = open_page(forgive=("403",))
    page.goto(f"{url}/runners")
    assert "/sign-in" in page.url
    assert accessibility_problems(page) == []
    fits_phone(page)
    sign_in(page, "anna", "wrong password")
    assert "wrong" in page.get_by_role("alert").inner_text()
    sign_in(page, "anna")
    page.wait_for_url(f"{url}/runners")
    page.get_by_text(NAMES["anna"]).first.wait_for()
    assert page.get_by_text(NAMES["zoe"]).count() == 0
    assert page.get_by_text(NAMES["bert"]).count() == 0
    page.goto(f"{url}/sessions/{clinic.sessions['zoe']}")
    page.get_by_text("Unknown session").or_(page.get_by_text("no such session")).or_(
        page.get_by_role("heading", name=re.compile("session", re.I))
    ).first.wait_for()
    assert page.get_by_text(NAMES["zoe"]).count() == 0
    page.get_by_role("link", name="Account").click()
    page.get_by_role("heading", name="Account").wait_for()
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.goto(f"{url}/sessions")
    assert "/sign-in" in page.url


def test_a_therapist_shares_a_session_and_takes_it_back(
    served: tuple[Clinic, str], open_page: OpenPage
) -> None:
    clinic, url = served
    page = open_page()
    page.goto(url)
    sign_in(page, "tom")
    page.get_by_role("link", name=NAMES["bert"]).first.wait_for()
    assert page.get_by_text(NAMES["zoe"]).count() == 0
    page.goto(f"{url}/sessions/{clinic.sessions['bert']}")
    # not a click: charts that are drawn above all the time keep a busy machine's page moving
    page.goto(url + page.get_by_role("link", name="Share this session").get_attribute("href"))
    assert accessibility_problems(page) == []
    page.get_by_label("For whom").fill("Dr Colleague")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#link").get_attribute("href")
    colleague = open_page(forgive=("401", "403", "404"))
    colleague.goto(url + link)
    assert colleague.url == f"{url}/sessions/{clinic.sessions['bert']}"
    colleague.get_by_role("heading", level=1).get_by_text(re.compile(NAMES["bert"])).or_(
        colleague.get_by_text(NAMES["bert"])
    ).first.wait_for()
    assert colleague.get_by_role("link", name="Share this session").count() == 0
    colleague.goto(f"{url}/sessions")
    assert colleague.get_by_text(NAMES["anna"]).count() == 0
    page.get_by_role("row", name="Dr Colleague").get_by_role("button").click()
    page.get_by_text("The link has ended").wait_for()
    colleague.goto(url + link)
    colleague.get_by_text("This link has ended").wait_for()


def test_the_administrator_s_pages_hold_together(
    served: tuple[Clinic, str], open_page: OpenPage
) -> None:
    _, url = served
    page = open_page("dark")
    page.goto(f"{url}/admin/accounts")
    sign_in(page, "ada")
    page.wait_for_url(f"{url}/admin/accounts")
    page.get_by_role("heading", name="Who sees whom").wait_for()
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.goto(f"{url}/admin/audit")
    page.get_by_role("heading", name="Audit").wait_for()
    assert page.get_by_text("sign-in").count() >= 1
    assert accessibility_problems(page) == []

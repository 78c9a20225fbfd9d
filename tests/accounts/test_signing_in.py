"""Signing in and out: passwords, cookies, forms, bounds on tries, links that set a password."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import update

from dashboard.accounts import cookies
from dashboard.accounts.rate_limit import TRIES, WINDOW_S, RateLimit
from dashboard.accounts.settings import AccountSettings
from dashboard.accounts.sign_in_pages import local_page
from pipeline.accounts import people as people_module
from pipeline.accounts.errors import AccountError, SignInRefused, TooManyTries
from pipeline.accounts.moment import now_utc
from pipeline.accounts.secrets import hash_password, password_fits
from pipeline.catalogue.account_models import ShareRow
from pipeline.errors import FieldError
from tests.accounts.clinic import PASSWORD, Clinic

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def cookie_of(answer: httpx.Response, name: str) -> str:
    """Value of a cookie that an answer sets; empty when it sets none, or takes it back."""
    for line in answer.headers.get_list("set-cookie"):
        if line.startswith(f"{name}="):
            return str(line.split(";")[0].partition("=")[2]).strip('"')
    return ""


def sign_in(clinic: Clinic, name: str, password: str, **fields: str) -> httpx.Response:
    """Fill in the form as a browser does."""
    page = clinic.ask("anonymous", "/sign-in")
    secret = cookie_of(page, cookies.FORM)
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert token is not None
    body = {"form_token": token[1], "name": name, "password": password, **fields}
    return clinic.ask(
        "anonymous",
        "/sign-in",
        method="POST",
        body=urlencode(body).encode(),
        headers={**FORM, "Cookie": f"{cookies.FORM}={secret}"},
    )


def post(clinic: Clinic, asker: str, path: str, **fields: str) -> httpx.Response:
    """Post one of the forms of the pages of accounts, with its token."""
    fields["form_token"] = cookies.form_token(clinic.tokens[asker])
    return clinic.ask(asker, path, method="POST", body=urlencode(fields).encode(), headers=FORM)


def test_the_right_password_opens_a_session_and_the_wrong_one_does_not(
    fresh_clinic: Clinic,
) -> None:
    clinic = fresh_clinic
    clinic.store.accounts.people.set_password("tom", PASSWORD)
    wrong = sign_in(clinic, "tom", "not the password")
    nobody = sign_in(clinic, "nobody", PASSWORD)
    assert (wrong.status_code, nobody.status_code) == (403, 403)
    drop = re.compile(r'(form_token" value|name="name"[^>]*value)="[^"]*"')
    assert drop.sub("", wrong.text) == drop.sub("", nobody.text), "it tells which names there are"
    assert not cookie_of(wrong, cookies.SESSION)
    right = sign_in(clinic, " TOM ", PASSWORD, next="/runners")
    assert (right.status_code, right.headers["location"]) == (303, "/runners")
    line = next(c for c in right.headers.get_list("set-cookie") if c.startswith(cookies.SESSION))
    assert "HttpOnly" in line
    assert "samesite=lax" in line.lower()
    clinic.tokens["therapist"] = cookie_of(right, cookies.SESSION)
    assert clinic.ask("therapist", "/runners").status_code == 200
    # rotation: signing in again ends this one
    out = post(clinic, "therapist", "/sign-out")
    assert out.status_code == 303
    assert clinic.ask("therapist", "/runners").status_code == 303
    assert clinic.store.accounts.people.signed_in(clinic.tokens["therapist"]) is None


def test_a_session_is_kept_as_a_hash_and_ends_idle_and_in_any_case(
    fresh_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, people = fresh_clinic, fresh_clinic.store.accounts.people
    token = people.begin(clinic.users["tom"])
    assert token.encode() not in (clinic.store.folder / "catalogue.sqlite").read_bytes()
    assert people.signed_in(token) is not None
    real = people_module.now_utc
    for later, alive in ((timedelta(hours=1, minutes=59), True), (timedelta(hours=4), False)):
        monkeypatch.setattr(people_module, "now_utc", lambda later=later: real() + later)
        assert (people.signed_in(token) is not None) == alive
    monkeypatch.undo()
    token = people.begin(clinic.users["tom"])
    for hours in range(1, 14):  # busy all the time
        moment = real() + timedelta(hours=hours)
        monkeypatch.setattr(people_module, "now_utc", lambda moment=moment: moment)
        assert (people.signed_in(token) is not None) == (hours < 12)


def test_new_password_and_closing_end_every_session(fresh_clinic: Clinic) -> None:
    clinic, people = fresh_clinic, fresh_clinic.store.accounts.people
    for end in (
        lambda: people.set_password("tom", PASSWORD),
        lambda: people.set_disabled("tom", True),
    ):
        people.set_disabled("tom", False)
        tokens = [people.begin(clinic.users["tom"]) for _ in range(2)]
        link = people.password_link("tom")
        end()
        assert [people.signed_in(token) for token in tokens] == [None, None]
        assert people.linked(link) is None
    with pytest.raises(SignInRefused):
        people.sign_in("tom", PASSWORD)
    with pytest.raises(AccountError, match="last open account"):
        people.set_disabled("ada", True)


def test_changing_ones_password_needs_the_old_one_and_keeps_this_browser(
    fresh_clinic: Clinic,
) -> None:
    clinic, people = fresh_clinic, fresh_clinic.store.accounts.people
    people.set_password("tom", PASSWORD)
    clinic.tokens["therapist"] = people.begin(clinic.users["tom"])
    other = people.begin(clinic.users["tom"])
    new = "another long password"
    fields = {"password": new, "again": new}
    assert post(clinic, "therapist", "/account/password", old="wrong", **fields).status_code == 409
    done = post(clinic, "therapist", "/account/password", old=PASSWORD, **fields)
    assert done.status_code == 303
    assert people.signed_in(other) is None
    assert people.signed_in(clinic.tokens["therapist"]) is None
    assert people.signed_in(cookie_of(done, cookies.SESSION)) is not None
    assert people.sign_in("tom", new).name == "tom"


def test_forms_without_their_token_or_from_elsewhere_change_nothing(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    fields = {"do": "close", "name": "tom"}
    for token in ("", "0" * 64, cookies.form_token(clinic.tokens["therapist"]), "é"):
        body = urlencode({**fields, "form_token": token}).encode()
        answer = clinic.ask(
            "admin", "/admin/accounts/change", method="POST", body=body, headers=FORM
        )
        assert answer.status_code == 409
    good = urlencode({**fields, "form_token": cookies.form_token(clinic.tokens["admin"])}).encode()
    for origin in ("https://evil.example", "null", ""):
        answer = clinic.ask(
            "admin",
            "/admin/accounts/change",
            method="POST",
            body=good,
            headers={**FORM, "Origin": origin},
        )
        assert answer.status_code == 403
    assert not clinic.store.accounts.people.named("tom").disabled
    answer = clinic.ask("admin", "/admin/accounts/change", method="POST", body=good, headers=FORM)
    assert answer.status_code == 200
    assert clinic.store.accounts.people.named("tom").disabled


def test_tries_are_bounded_by_account_and_address(fresh_clinic: Clinic) -> None:
    for _ in range(TRIES["pair"]):
        assert sign_in(fresh_clinic, "ada", "wrong password").status_code == 403
    stopped = sign_in(fresh_clinic, "ada", "wrong password")
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0


def test_the_bound_counts_names_addresses_and_time() -> None:
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    for _ in range(TRIES["pair"]):
        limit.begin("tom", "1")
    with pytest.raises(TooManyTries) as stopped:
        limit.begin("Tom ", "1")
    assert 0 < stopped.value.wait_s <= WINDOW_S
    limit.begin("tom", "2")  # strangers do not lock people out
    limit.begin("ute", "1")
    now[0] += WINDOW_S + 1
    limit.begin("tom", "1")
    for number in range(TRIES["address"]):
        limit.begin(f"name {number}", "3")
    with pytest.raises(TooManyTries):
        limit.begin("yet another", "3")
    limit.succeeded("tom", "1")
    for _ in range(TRIES["pair"]):
        limit.begin("tom", "1")


def test_passwords_are_argon2id_and_unknown_names_take_the_same_work() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,")
    assert password_fits(kept, PASSWORD)
    assert not password_fits(kept, PASSWORD + " ")
    for stored in (None, "", "rubbish", "$argon2id$broken"):
        assert not password_fits(stored, PASSWORD)
    for wrong in ("short", "x" * 201):
        with pytest.raises(FieldError):
            hash_password(wrong)


def test_a_link_sets_a_password_once(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    token = clinic.store.accounts.people.password_link("ute")
    page = clinic.ask("anonymous", f"/welcome/{token}")
    secret = cookie_of(page, cookies.FORM)
    body = {
        "form_token": cookies.form_token(secret),
        "password": PASSWORD,
        "again": PASSWORD,
    }

    def send() -> Any:
        return clinic.ask(
            "anonymous",
            f"/welcome/{token}",
            method="POST",
            body=urlencode(body).encode(),
            headers={**FORM, "Cookie": f"{cookies.FORM}={secret}"},
        )

    assert send().status_code == 303
    assert send().status_code == 404
    assert clinic.store.accounts.people.sign_in("ute", PASSWORD).name == "ute"


def test_after_signing_in_one_stays_on_this_dashboard() -> None:
    for harmless in ("/sessions", "/runners/abc", "/admin/audit", "/"):
        assert local_page(harmless) == harmless
    for wrong in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "/\nx",
        "",
    ):
        assert local_page(wrong) == "/"


def test_behind_tls_cookies_are_bound_to_it_and_browsers_told(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    clinic.settings = AccountSettings(secure=True, public_url="https://clinic.example")
    clinic.open()
    page = clinic.ask(
        "anonymous",
        "/sign-in",
        headers={"Host": "clinic.example", "Origin": "https://clinic.example"},
    )
    assert page.status_code == 200
    (line,) = page.headers.get_list("set-cookie")
    assert line.startswith(f"__Host-{cookies.FORM}=")
    assert "Secure" in line
    assert page.headers["strict-transport-security"].startswith("max-age=")
    assert clinic.ask("anonymous", "/sign-in", headers={"Host": "other.example"}).status_code == 421


def test_shares_end_and_show_one_session_without_the_rest(fresh_clinic: Clinic) -> None:
    clinic, shares = fresh_clinic, fresh_clinic.store.accounts.shares
    made = post(
        clinic,
        "therapist",
        "/account/shares",
        session=clinic.sessions["anna"],
        note="Dr B",
        days="3",
    )
    link = re.search(r'id="link" href="([^"]+)"', made.text)
    assert link is not None
    opened = clinic.ask("anonymous", link[1])
    assert opened.headers["location"] == f"/sessions/{clinic.sessions['anna']}"
    clinic.tokens["share"] = cookie_of(opened, cookies.SHARE)
    path = f"/api/sessions/{clinic.sessions['anna']}/report.html"
    report = clinic.ask("share", path)
    assert report.status_code == 200
    assert "note of Anna" not in report.text, "the journal is not part of the session"
    share = shares.given_by(clinic.users["tom"])[0]
    with pytest.raises(AccountError):
        shares.revoke(clinic.users["ute"], share.share_id)
    assert (
        post(clinic, "therapist", "/account/shares/revoke", share=share.share_id).status_code == 200
    )
    assert clinic.ask("share", path).status_code == 401
    for session, days in ((clinic.sessions["zoe"], "3"), (clinic.sessions["anna"], "31")):
        refused = post(clinic, "therapist", "/account/shares", session=session, note="x", days=days)
        assert refused.status_code == 409


def test_a_shared_link_ends_by_itself(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    path = f"/api/sessions/{clinic.sessions['bert']}/strides.csv"
    link = f"/shared/{clinic.tokens['share']}"
    assert clinic.ask("share", path).status_code == 200
    with clinic.store.parts.writer.begin() as connection:
        connection.execute(update(ShareRow).values(expires_utc=now_utc() + timedelta(seconds=60)))
    assert clinic.ask("share", path).status_code == 200
    with clinic.store.parts.writer.begin() as connection:
        connection.execute(update(ShareRow).values(expires_utc=now_utc()))
    assert clinic.ask("share", path).status_code == 401
    opened = clinic.ask("anonymous", link)
    assert "has ended" in opened.text
    assert not cookie_of(opened, cookies.SHARE)
    assert clinic.store.accounts.shares.given_by(clinic.users["tom"])[0].ended


def test_an_administrator_adds_assigns_and_closes(fresh_clinic: Clinic) -> None:
    clinic, people = fresh_clinic, fresh_clinic.store.accounts.people
    path = "/admin/accounts/change"
    added = post(clinic, "admin", path, do="add", name="New One", role="therapist", runner="")
    assert "/welcome/" in added.text
    for given in ("assign", "unassign"):
        post(clinic, "admin", path, do=given, name="new one", runner=clinic.runners["zoe"])
        assert (clinic.runners["zoe"] in people.named("new one").runner_ids) == (given == "assign")
    for wrong in ({"do": "nothing", "name": "tom"}, {"do": "add", "name": "", "role": "admin"}):
        assert post(clinic, "admin", path, **wrong).status_code == 409
    actions = {e.action for e in clinic.store.accounts.audit.entries()}
    assert {"add", "assign", "unassign"} <= actions
    text = clinic.ask("admin", "/admin/audit").text
    assert "new one" in text
    assert "assign" in text
    hostile = post(clinic, "admin", path, do="add", name="<script>alert(1)</script>", role="admin")
    assert "<script>alert" not in hostile.text
    assert "<script>alert" not in clinic.ask("admin", "/admin/accounts").text

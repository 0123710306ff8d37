"""Signing in by a link, and out: over HTTP, as a browser does it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.access import factors, signing_in, totp
from backend.models.access import SESSION_LIFE, SIGNIN_LINK_LIFE, issue_signin_link
from backend.models.org import Session, User
from backend.web.permissions import CSRF_HEADER, csrf_token
from tests.serving import app_of
from tests.web.browsing import COOKIE, ORIGIN, in_the_end, send

GOOD = "copper lantern on a quiet hill"
SECRET = totp.secret_of("key", "session")
pytestmark = pytest.mark.usefixtures("quick")


def code_at(moment):
    return totp.code_at(SECRET, totp.step_of(moment))


def signed_in(app, user):
    """A browser that has used a sign-in link of that user, and its cookie's text."""
    browser = app.test_client()
    browser.get(f"/signin/{issue_signin_link(user)}")
    return browser, browser.get_cookie(COOKIE).value


def csrf_of(app, which=-1):
    session = list(Session.select().order_by(Session.created_at))[which]
    with app.app_context():
        return csrf_token(session.id)


def test_a_link_signs_its_user_in(client, world):
    answer = client.get(f"/signin/{issue_signin_link(world.alice)}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/feed")
    assert client.get("/api/v1/me").json["email"] == "alice@ours.test"


def test_a_link_works_once(client, world):
    path = f"/signin/{issue_signin_link(world.alice)}"
    client.get(path)

    again = client.get(path)

    assert again.status_code == 410
    assert "Set-Cookie" not in again.headers
    assert Session.select().count() == 1


def test_twenty_at_once_get_one_session(app, client, world):
    path = f"/signin/{issue_signin_link(world.alice)}"

    def one(_number):
        return in_the_end(lambda: app.test_client().get(path)).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))

    assert sorted(answers) == [302] + [410] * 19
    assert Session.select().count() == 1


def test_looking_whether_a_link_is_alive_does_not_use_it_up(client, world):
    path = f"/signin/{issue_signin_link(world.alice)}"

    assert client.head(path).status_code == 204
    assert client.options(path).status_code == 200
    assert client.get(path).status_code == 302


@pytest.mark.parametrize(
    ("why", "after", "status"),
    [
        ("a minute before its end", SIGNIN_LINK_LIFE - timedelta(minutes=1), 302),
        ("a minute after its end", SIGNIN_LINK_LIFE + timedelta(minutes=1), 410),
    ],
)
def test_a_link_lives_a_day(client, world, why, after, status):
    path = f"/signin/{issue_signin_link(world.alice)}"

    with time_machine.travel(clock.wall() + after, tick=False):
        answer = client.get(path)

    assert answer.status_code == status, why
    assert timedelta(hours=24) == SIGNIN_LINK_LIFE


@pytest.mark.parametrize("code", ["x", "x" * 5_000, "%00", "%ff", "..", "'%20OR%201=1"])
def test_a_code_of_ones_own_signs_nobody_in(client, world, code):
    answer = client.get(f"/signin/{code}")

    assert answer.status_code in {404, 410}
    assert "Set-Cookie" not in answer.headers


def test_the_cookie_is_for_our_eyes_only(app, client, world):
    answer = client.get(f"/signin/{issue_signin_link(world.alice)}")

    cookie, *_ = answer.headers.getlist("Set-Cookie")
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={14 * 86_400}"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)


def test_on_https_the_cookie_is_bound_to_the_host(settings, world, store):
    safe = settings.model_copy(update={"public_url": "https://telltale.example.test"})

    with app_of(safe, store) as app:
        answer = app.test_client().get(f"/signin/{issue_signin_link(world.alice)}")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-telltale_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_each_sign_in_makes_a_session_of_its_own(app, client, world):
    _, first = signed_in(app, world.alice)
    _, second = signed_in(app, world.alice)

    assert first != second


def test_signing_out_ends_the_session_on_the_server(app, client, world):
    browser, text = signed_in(app, world.alice)
    other, _ = signed_in(app, world.alice)

    answer = browser.post("/signout", data={"csrf_token": csrf_of(app, 0)})

    assert answer.headers["Location"] == "/signin"
    assert browser.get_cookie(COOKIE) is None
    browser.set_cookie(COOKIE, text)
    assert browser.get("/api/v1/me").status_code == 401
    assert other.get("/api/v1/me").status_code == 200


def test_a_session_ends_by_itself(app, client, world):
    browser, text = signed_in(app, world.alice)

    with time_machine.travel(clock.wall() + SESSION_LIFE + timedelta(minutes=1), tick=False):
        browser.set_cookie(COOKIE, text)
        assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("why", "headers", "status"),
    [
        ("no token", {}, 403),
        ("a wrong token", {CSRF_HEADER: "x"}, 403),
        ("a token in other letters", {CSRF_HEADER: "ÿ"}, 403),
        ("another session's token", {CSRF_HEADER: "{other}"}, 403),
        ("another site", {CSRF_HEADER: "{own}", "Origin": "https://evil.test"}, 403),
        ("a site without a name", {CSRF_HEADER: "{own}", "Origin": "null"}, 403),
        ("no address", {CSRF_HEADER: "{own}", "Origin": "http://[localhost"}, 403),
        ("a port of its own", {CSRF_HEADER: "{own}", "Origin": "http://localhost:1"}, 403),
        ("its own page", {CSRF_HEADER: "{own}", "Origin": "http://localhost"}, 200),
        ("its own page, in silence", {CSRF_HEADER: "{own}"}, 200),
    ],
)
def test_another_site_cannot_change_anything(app, client, world, why, headers, status):
    signed_in(app, world.alice)
    other = csrf_of(app)
    browser, _ = signed_in(app, world.alice)
    own = csrf_of(app)
    sent = {name: value.format(own=own, other=other) for name, value in headers.items()}

    answer = browser.put("/api/v1/preferences", json={"theme": "dark"}, headers=sent)

    assert answer.status_code == status, why
    assert (User.get_by_id(world.alice.id).preferences.get("theme") == "dark") == (status == 200)


def test_a_password_signs_in_and_the_session_is_a_new_one(app, client, world):
    signing_in.set_password(world.alice, GOOD)
    client.set_cookie(COOKIE, "planted by somebody")

    answer = send(client, "/signin", email="alice@ours.test", password=GOOD)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/console")
    assert client.get_cookie(COOKIE).value != "planted by somebody"
    assert client.get("/api/v1/me").json["email"] == "alice@ours.test"
    assert GOOD not in answer.headers.get("Set-Cookie", "")


def test_every_wrong_way_gets_the_same_page(client, world):
    signing_in.set_password(world.alice, GOOD)

    pages = {
        send(client, "/signin", email=email, password=password).data.replace(
            email.encode(), b"ADDRESS"
        )
        for email, password in (
            ("alice@ours.test", "wrong wrong wrong"),
            ("nobody@ours.test", "wrong wrong wrong"),
            ("bob@ours.test", "wrong wrong wrong"),
        )
    }

    assert len(pages) == 1
    assert b"wrong wrong" not in pages.pop()


def test_after_ten_tries_even_the_right_password_waits_and_others_get_in(client, world):
    for user in (world.alice, world.users["bob"]):
        signing_in.set_password(user, GOOD)

    statuses = [
        send(client, "/signin", email="alice@ours.test", password="wrong").status_code
        for _ in range(12)
    ]

    assert statuses == [401] * 10 + [429] * 2
    assert send(client, "/signin", email="Alice@ours.test ", password=GOOD).status_code == 429
    assert send(client, "/signin", email="bob@ours.test", password=GOOD).status_code == 303


def test_one_address_written_in_many_ways_has_ten_tries_in_all(client, world):
    signing_in.set_password(world.alice, GOOD)
    ways = ["alice@ours.test" + "." * (number % 2) for number in range(4)]
    ways += [f"<{way}>" for way in ways] + ["alice@ours\u3002test", "alice@ou\u00adrs.test"]

    statuses = [
        send(client, "/signin", email=way, password="wrong").status_code for way in [*ways, *ways]
    ]

    assert statuses == [401] * 10 + [429] * 10


def test_forged_addresses_of_proxies_do_not_reset_the_count(client, world):
    statuses = {
        client.post(
            "/signin",
            data={"email": f"{number}@ours.test", "password": ""},
            headers={"Origin": ORIGIN, "X-Forwarded-For": f"203.0.{number}.1"},
        ).status_code
        for number in range(101)
    }

    assert statuses == {401, 429}


def test_with_a_second_factor_the_code_follows(app, client, world):
    signing_in.set_password(world.alice, GOOD)
    factors.confirm(world.alice, app.extensions["safe"], SECRET, code_at(clock.wall()))

    first = send(client, "/signin", email="alice@ours.test", password=GOOD)

    assert first.headers["Location"] == "/signin/code"
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/signin/code").status_code == 200
    assert send(client, "/signin/code", code="000000").status_code == 401
    with time_machine.travel(clock.wall() + timedelta(minutes=1), tick=False):
        second = send(client, "/signin/code", code=code_at(clock.wall()))
        assert second.headers["Location"] == "/console"
        assert client.get("/api/v1/me").status_code == 200


PAGE = {"Accept": "text/html,*/*"}
WANTED = "/console/sent?state=armed"


@pytest.mark.parametrize("way", ["password", "code", "link"])
def test_who_signs_in_gets_to_the_page_she_asked_for_once(app, client, world, way):
    signing_in.set_password(world.alice, GOOD)
    if way == "code":
        factors.confirm(world.alice, app.extensions["safe"], SECRET, code_at(clock.wall()))
    asked = client.get(WANTED, headers=PAGE)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/signin")

    with time_machine.travel(clock.wall() + timedelta(minutes=1), tick=False):
        answer = come_in(client, world.alice, way)
        assert answer.headers["Location"] == WANTED
        assert client.get(WANTED, headers=PAGE).status_code == 200
        client.delete_cookie(COOKIE)
        again = come_in(client, world.alice, "link")
        assert again.headers["Location"] == "/console/feed"


def come_in(client, user, way):
    if way == "link":
        return client.get(f"/signin/{issue_signin_link(user)}")
    answer = send(client, "/signin", email=user.email, password=GOOD)
    return answer if way == "password" else send(client, "/signin/code", code=code_at(clock.wall()))


@pytest.mark.parametrize(
    ("why", "asked", "headers"),
    [
        ("the start", "/console", PAGE),
        ("no page", WANTED, {"Accept": "application/json"}),
        ("a script's question", WANTED, PAGE | {"Sec-Fetch-Mode": "cors"}),
        ("an odd query", "/console/sent?next=https://evil.test/", PAGE),
        ("the API's page", "/api/v1/me", PAGE),
    ],
)
def test_nothing_else_is_kept_to_come_back_to(client, world, why, asked, headers):
    answer = client.get(asked, headers=headers)

    assert "way" not in answer.headers.get("Set-Cookie", ""), why


@pytest.mark.parametrize(
    "planted", ["https://evil.test/", "//evil.test", "/console/../evil", "/console/x\n", "/c/x"]
)
def test_a_page_that_somebody_planted_is_not_gone_to(client, world, planted):
    client.set_cookie("telltale_way", planted)

    assert come_in(client, world.alice, "link").headers["Location"] == "/console/feed"


def test_codes_cannot_be_tried_for_ever(app, client, world):
    signing_in.set_password(world.alice, GOOD)
    factors.confirm(world.alice, app.extensions["safe"], SECRET, code_at(clock.wall()))
    send(client, "/signin", email="alice@ours.test", password=GOOD)

    statuses = [send(client, "/signin/code", code=f"{n:06}").status_code for n in range(12)]

    assert statuses == [401] * 10 + [429, 303]
    assert client.get("/signin/code").headers["Location"] == "/signin"


@pytest.mark.parametrize(
    "headers", [{}, *({"Origin": origin} for origin in ("null", "http://evil.test", "http://["))]
)
def test_a_form_of_another_site_signs_nobody_in(client, world, headers):
    signing_in.set_password(world.alice, GOOD)
    form = {"email": "alice@ours.test", "password": GOOD}

    assert client.post("/signin", data=form, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"email": "a@b.test"},
        {"email": "x" * 999, "password": "x"},
        {"email": "a\0b", "password": "\0"},
    ],
)
def test_an_odd_form_is_a_page_that_says_so(client, world, form):
    assert send(client, "/signin", **form).status_code == 401


def test_one_who_is_not_half_in_is_sent_to_the_start(client, world):
    assert client.get("/signin/code").headers["Location"] == "/signin"
    assert send(client, "/signin/code", code="123456").headers["Location"] == "/signin"

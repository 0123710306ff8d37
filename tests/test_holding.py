"""Calls that are held back come when the test says so, and no other call waits with them."""

import pytest
from playwright.sync_api import expect

from tests.fakes import answers
from tests.holding import answered, gone_on, hold
from tests.waiting import wait_until

ASK = "path => { fetch(path).then(it => it.text(), () => 0).then(it => told.push(path)); }"
FRAME = """async path => {
    const frame = document.createElement("iframe");
    frame.src = path;
    document.body.append(frame);
    await new Promise(resolve => { frame.onload = resolve; });
}"""


@pytest.fixture
def asking(page):
    """A page that asks for what it is told to and notes what it was answered."""
    with answers.serving(body=b"<p>here") as server:
        server.headers = {"Content-Type": "text/html"}
        page.goto(server.url)
        page.evaluate("globalThis.told = []")
        yield page
        page.goto("about:blank")


def ask(page, *paths):
    for path in paths:
        page.evaluate(ASK, path)


def told(page):
    return page.evaluate("told")


def all_told(page, *paths):
    wait_until(lambda: set(told(page)) == set(paths), what="the answers")


def test_what_is_held_is_answered_once_it_is_let_go_and_what_is_not_meant_at_once(asking):
    held = hold(asking, "**/late/*")

    ask(asking, "/late/1", "/other", "/late/2")
    held.wait(2)
    all_told(asking, "/other")
    held.let_go()

    all_told(asking, "/other", "/late/1", "/late/2")
    assert held.came == 2


def test_what_comes_while_and_after_they_are_let_go_is_not_held(asking):
    held = hold(asking, "**/late/*")
    ask(asking, "/late/1")
    held.wait()

    asking.evaluate(f"setTimeout(() => ({ASK})('/late/2'))")  # on its way, and not yet here
    held.let_go()
    ask(asking, "/late/3")

    all_told(asking, "/late/1", "/late/2", "/late/3")


def test_one_can_be_answered_before_those_that_came_earlier(asking):
    held = hold(asking, "**/late/*")
    ask(asking, "/late/1")
    held.wait()
    ask(asking, "/late/2")
    first, second = held.take(), held.take()

    answered(asking, second)
    all_told(asking, "/late/2")
    assert answered(asking, first).status == 200

    wait_until(lambda: told(asking) == ["/late/2", "/late/1"])


def test_one_can_be_answered_in_the_place_of_the_server(asking):
    held = hold(asking, "**/late/*")
    ask(asking, "/late/1")

    answer = answered(asking, held.take(), status=201, body="not yours")

    assert (answer.status, answer.text()) == (201, "not yours")
    gone_on(asking)
    assert told(asking) == ["/late/1"]


def test_one_that_was_taken_is_left_to_the_test(asking, console_errors):
    held = hold(asking, "**/late/*")
    ask(asking, "/late/1", "/late/2")
    held.wait(2)
    taken = held.take()

    held.let_go()
    all_told(asking, "/late/2")
    taken.abort()

    all_told(asking, "/late/1", "/late/2")
    assert held.came == 2
    console_errors.clear()


def test_those_that_are_to_fail_do_and_so_does_what_comes_later(asking, console_errors):
    held = hold(asking, "**/late/*")
    ask(asking, "/late/1")
    held.wait()

    held.abort()
    asking.evaluate("path => fetch(path).catch(() => told.push('failed'))", "/late/2")

    all_told(asking, "/late/1", "failed")
    console_errors.clear()


def test_no_more_are_held_than_are_wanted(asking):
    held = hold(asking, "**/late/*", most=1)
    ask(asking, "/late/1")
    held.wait()

    ask(asking, "/late/2")

    all_told(asking, "/late/2")
    assert held.came == 2


@pytest.mark.parametrize(
    ("why", "narrowed"),
    [("another method", {"method": "POST"}), ("another frame", {"frame": "/inner"})],
)
def test_a_call_that_is_not_meant_is_not_held(asking, why, narrowed):
    held = hold(asking, "**/late/*", **narrowed)

    ask(asking, "/late/1")

    all_told(asking, "/late/1")
    assert held.came == 0, why


def test_the_call_of_a_frame_is_held_and_outlives_it(asking):
    asking.evaluate(FRAME, "/inner")
    held = hold(asking, "**/late/*", method="GET", frame="/inner")
    inner = asking.frames[1]
    inner.evaluate("path => { fetch(path); }", "/late/1")
    held.wait()
    asking.evaluate("document.querySelector('iframe').remove()")
    expect(asking.locator("iframe")).to_have_count(0)

    held.let_go()

    ask(asking, "/late/2")
    all_told(asking, "/late/2")


def test_what_goes_on_comes_to_the_routes_set_before(asking):
    asking.route("**/late/*", lambda route: route.fulfill(body="by the route before"))
    held = hold(asking, "**/late/*")
    asking.evaluate("() => { fetch('/late/1').then(it => it.text()).then(it => told.push(it)); }")
    held.wait()

    held.let_go()

    all_told(asking, "by the route before")

"""Every button and switch of every card is pressed: each answer is what Google takes.

In each way an installation may be set up, and in each language. The contract judges the answers;
here stands that every operation was asked for, and that each address in a card is a route of ours.
"""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from backend.tracking.facts import Kind
from gmail_addon.deployment import SENDING
from gmail_addon.operations import OPERATIONS
from gmail_addon.signing import Signer
from tests.capture.letters import mailbox_of
from tests.capture.meetings import take_meeting
from tests.fakes import answers
from tests.gmail_addon import contract
from tests.gmail_addon.calling import PUBLIC_URL, state_of, switches
from tests.world import APPLE_MPP, CAROL, DANA, LEO, NOON, SECRET, hit, record

WAYS = {
    "the switch alone": {},
    "the relay": {"gmail_relay": True},
    "Send tracked": {"gmail_send_tracked": True},
    "both": {"gmail_relay": True, "gmail_send_tracked": True},
}
SENDS = {"confirm_send", "send_tracked"}
STRANGER = "zoe@new.test"
NASTY = '<b>&"\'</b><a href="https://evil.test">x</a> \u202e {0} %s ' + "long " * 100
FILLED = {"url": "https://example.com/x", "text": NASTY, "name": NASTY, "company": NASTY}
# Of a button's order, what makes it another question; ids and cursors do not.
CHOICES = {"kind", "automatic", "opens", "links", "carries"}


@pytest.fixture(scope="module", params=WAYS)
def settings(request, settings):
    return settings.model_copy(update=WAYS[request.param])


@pytest.fixture(scope="module")
def mailbox():
    with answers.serving() as running:
        yield running


@pytest.fixture(scope="module")
def endpoint(mailbox):
    return mailbox.url


@pytest.fixture(autouse=True)
def busy(world, time_machine):
    """A Feed of two pages, a mail that waits, meetings, machines, strangers' words everywhere."""
    time_machine.move_to(NOON + timedelta(hours=2))
    world.set_policy(relay_copies=True)
    stamped = world.send(CAROL, LEO, subject=NASTY, html=f'<a href="https://x.test/">{NASTY}</a>')
    token = world.open_token(stamped)
    record(*(hit(token, after=61 * number) for number in range(25)))
    record(hit(world.click_token(stamped), Kind.CLICK))
    record(hit(token, user_agent=APPLE_MPP, reader="machine"))
    record(hit(world.open_token(world.stamp(CAROL))))
    ours = mailbox_of(world.users["bob"])  # alice has none to connect yet
    for days in (-1, 1):
        take_meeting(ours, days, NASTY, people=(CAROL, DANA, LEO, STRANGER))


@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_press_is_answered_as_google_wants_it(gmail, mailbox, world, app, settings, locale):
    gmail.locale, gmail.recipients = locale, [CAROL, LEO]
    gmail.scopes = [*gmail.scopes, SENDING]
    told = answers_of(gmail)

    asked = crawl(gmail, world.alice.id, list(first_cards(gmail, mailbox)))
    gmail.recipients = [DANA]
    asked |= crawl(gmail, world.alice.id, [gmail.card("compose")])
    (unlink,) = (
        press
        for press in actions(gmail.card("settings"))
        if key_of(world.alice.id, press)[0] == "unlink"
    )
    gmail.press(unlink)
    assert "custom_authorization_prompt" in gmail.answer("home")

    names = {name for name, *_ in asked} | {"unlink"}
    assert names == set(OPERATIONS) - (set() if settings.gmail_send_tracked else SENDS)
    router = app.url_map.bind("telltale.ours.test", url_scheme="https")
    faults = {fault for answer in told for fault in not_routes(router, answer)}
    assert faults == set()


def answers_of(gmail) -> list[Any]:
    """All answers from now on, each judged as ever."""
    judge, told = gmail.check, list[Any]()

    def judged(answer: Any) -> None:
        judge(answer)
        told.append(answer)

    gmail.check = judged
    return told


def first_cards(gmail, mailbox) -> Iterator[dict[str, Any]]:
    """What Gmail's triggers show: of a sender we know, of a stranger, of a mail of one's own."""
    yield gmail.card("home")
    yield gmail.card("compose")
    yield gmail.card("settings")
    yield gmail.card("message")  # without a mail
    gmail.opened = {"messageId": "msg-f:1", "accessToken": "x"}
    for sender in (CAROL, STRANGER, gmail.email, "nobody"):
        headers = [{"name": "From", "value": sender}, {"name": "To", "value": LEO}]
        mailbox.body = {"id": "1", "payload": {"headers": headers}}
        yield gmail.card("message")
    gmail.opened = None


def crawl(gmail, user_id: str, cards: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Press everything on these cards and on those that come of it; what was asked for."""
    todo, asked = deque(cards), set[tuple[Any, ...]]()
    while todo:
        for key, press in questions(gmail, user_id, todo.popleft()):
            if key not in asked and key[0] != "unlink":
                asked.add(key)
                todo.extend(contract.cards(press()))
    return asked


def questions(gmail, user_id: str, card: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each button and each switch, both ways: what it asks for, and how it is pressed."""
    for on_click in actions(card):
        yield key_of(user_id, on_click), partial(pressed, gmail, on_click)
    for each in switches(card):
        for is_on in (True, False):
            key = (*key_of(user_id, each["onChangeAction"]), each["name"], is_on)
            yield key, partial(gmail.turn, card, each["name"], is_on=is_on)


def key_of(user_id: str, action: dict[str, Any]) -> tuple[Any, ...]:
    order = Signer.of(SECRET).read(user_id, state_of(action))
    choices = {name: order.data[name] for name in CHOICES & order.data.keys()}
    return order.operation, *sorted(choices.items()), bool(order.data.get("before"))


def pressed(gmail, on_click: dict[str, Any]) -> Any:
    gmail.inputs = FILLED
    try:
        return gmail.press(on_click)
    finally:
        gmail.inputs = {}


def actions(value: Any) -> Iterator[dict[str, Any]]:
    for each in dicts(value):
        if "action" in each.get("onClick", {}):
            yield each["onClick"]


def not_routes(router, answer: Any) -> Iterator[str]:
    """The addresses in an answer that lead to none of our routes as they are called."""
    for each in dicts(answer):
        for name, method in (("function", "POST"), ("url", "GET"), ("iconUrl", "GET")):
            if name not in each:
                continue
            path = urlsplit(each[name].removeprefix(PUBLIC_URL)).path
            try:
                router.match(path, method=method)
            except RequestRedirect:
                yield f"{path} is redirected"
            except HTTPException:
                yield f"{path} is no route"


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from dicts(each)

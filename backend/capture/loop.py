"""One loop test: a mail goes the whole way that every other one goes, and each step is looked at.

    stamp -> send -> find -> content -> host -> open -> click -> feed

The picture and the link are fetched as a reader's program would, by their public addresses, and
marked as the sender's own: her panel's word for the open, her cookie for the click. So the rows in
the Feed say "you", and nothing counts. After the last step the mail is tracked no more.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Protocol, TypeVar

from backend import clock, db
from backend.capture import loop_mail
from backend.capture.loop_mail import Marks
from backend.errors import Forbidden, TelltaleError
from backend.models.loop_tests import LoopState, LoopTest, Note, Step
from backend.models.mail import Stamp
from backend.models.org import user_of
from backend.settings import Settings
from backend.tracking import hostcheck, selfcookie, sending
from backend.tracking.drafts import Host, Stamped
from backend.tracking.hostcheck import Fetched, Resolve, resolve
from backend.tracking.policy import policy_of

AGENT = "Telltale-loop-test/1.0"
LOOK_S = 1.0  # at the provider, which allows few calls
FEED_LOOK_S = 0.1
LINK_LOOK_S = 2.0  # as the page asks again that comes while the edge does not know a link yet
GIF, REDIRECT, LATER = 200, 302, 503


class Post(Protocol):
    """A mailbox that sends a mail to itself and finds it again."""

    def post(self, raw: bytes) -> str:
        """Send; what the sent mail is asked for by."""

    def sent(self, handle: str) -> str | None:
        """The Message-ID of what was sent, None while the mailbox does not have it yet."""

    def find(self, internet_message_id: str) -> str | None:
        """The id of the mail that came, None while it has not."""

    def raw(self, message_id: str) -> bytes:
        """The mail's bytes."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the public addresses are reached, by whose DNS, trusting whom, and how long is waited."""

    ask: Resolve = resolve
    trust: ssl.SSLContext | None = None
    arrives_s: float = 120.0
    known_s: float = 20.0
    shown_s: float = 60.0


@dataclass(slots=True)
class Walk:
    """A test under way, with what its steps learn of the mail."""

    test: LoopTest
    post: Post
    settings: Settings
    way: Way
    stop: Event
    stamped: Stamped = field(init=False)
    marks: Marks = field(init=False)
    raw: bytes = field(init=False, repr=False)
    tracking_url: str = ""
    own_id: str = ""


class _Bad(Exception):
    """A step failed, for a cause that has words."""

    def __init__(self, cause: str, found: str = "") -> None:
        super().__init__(cause)
        self.cause, self.found = cause, found


class Stopped(Exception):
    """The worker ends; the test is left as it is."""


_Warning = tuple[str, str]  # cause and what was found, of a step that goes on
_Found = TypeVar("_Found")


def run(walk: Walk) -> bool:
    """Go through the steps, writing down each; whether all were well. Raises Stopped."""
    try:
        is_well = all(_step(walk, step) for step in Step)
    finally:
        _stop_tracking(walk)
    with db.connection():
        walk.test.end(LoopState.PASSED if is_well else LoopState.FAILED)
    return is_well


def _step(walk: Walk, step: Step) -> bool:
    began = clock.monotonic()

    def note(state: str, cause: str = "", found: str = "") -> None:
        took_ms = round((clock.monotonic() - began) * 1000)
        with db.connection():
            walk.test.note(Note(step, state, cause, found[:200], took_ms))

    note("now")
    try:
        warning = _STEPS[step](walk)
    except _Bad as bad:
        note("bad", bad.cause, bad.found)
        return False
    except TelltaleError as error:
        note("bad", "refused" if isinstance(error, Forbidden) else "away")
        return False
    note("warn" if warning else "good", *(warning or ()))
    return True


def _stamp(walk: Walk) -> None:
    with db.connection():
        user, host = user_of(walk.test.user_id), Host.of(walk.settings)
        walk.tracking_url = host.under(policy_of(user.org_id)).tracking_url
        walk.stamped, walk.marks = loop_mail.stamp(
            user, walk.test.address, walk.test.language, host
        )
        walk.test.stamp_id = walk.stamped.id
        walk.test.save()
    if walk.stamped.reason or not (walk.marks.pixel and walk.marks.link):
        raise _Bad("untracked", walk.stamped.reason)


def _send(walk: Walk) -> None:
    raw = loop_mail.letter(walk.test.address, walk.test.language, walk.stamped.html or "")
    handle = walk.post.post(raw)
    own_id = _wait(walk, walk.way.arrives_s, lambda: walk.post.sent(handle))
    if own_id is None:
        raise _Bad("not_sent")
    walk.own_id = own_id
    with db.connection():
        source = sending.Source.PROVIDER
        sending.confirm(Stamp.get_by_id(walk.stamped.id), clock.now(), source, walk.own_id)


def _find(walk: Walk) -> None:
    found = _wait(walk, walk.way.arrives_s, lambda: walk.post.find(walk.own_id))
    if found is None:
        raise _Bad("not_found")
    walk.raw = walk.post.raw(found)


def _content(walk: Walk) -> None:
    if missing := loop_mail.missing(walk.raw, walk.marks):
        raise _Bad(f"no_{missing}")


def _host(walk: Walk) -> _Warning | None:
    findings = hostcheck.check(walk.tracking_url, walk.way.ask, walk.way.trust)
    bad = [finding for finding in findings if not finding.is_good]
    for finding in bad:
        if finding.found != hostcheck.PLAIN:
            raise _Bad(finding.step, finding.found)
    return ("plain", "") if bad else None


def _open(walk: Walk) -> None:
    with db.connection():
        sending.self_view(Stamp.get_by_id(walk.stamped.id))
    answer = _fetched(walk, walk.marks.pixel, {})
    if answer.status != GIF:
        raise _Bad("status", f"HTTP {answer.status}")


def _click(walk: Walk) -> None:
    key = selfcookie.key_of(walk.settings.secret)
    mine = selfcookie.sign(key, walk.test.user_id, clock.now() + timedelta(minutes=1))
    answer = _wait(walk, walk.way.known_s, lambda: _led(walk, mine), LINK_LOOK_S)
    if answer is None:
        raise _Bad("status", f"HTTP {LATER}")
    if answer.status != REDIRECT:
        raise _Bad("status", f"HTTP {answer.status}")
    if answer.location != loop_mail.TARGET:
        raise _Bad("elsewhere", answer.location)


def _led(walk: Walk, mine: str) -> Fetched | None:
    answer = _fetched(walk, walk.marks.link, {"Cookie": f"{selfcookie.COOKIE}={mine}"})
    return None if answer.status == LATER else answer


def _feed(walk: Walk) -> None:
    shown = _wait(walk, walk.way.shown_s, lambda: _rows(walk.stamped.id), FEED_LOOK_S)
    if shown is None:
        raise _Bad("no_row")
    if any(is_counted for _, _, is_counted in shown):
        raise _Bad("counted", ", ".join(verdict for _, verdict, _ in shown))


def _rows(stamp_id: str) -> list[db.Row] | None:
    """What the Feed holds of the mail, once it holds both."""
    with db.connection():
        rows = db.rows(
            "SELECT kind, verdict, is_counted FROM engagement WHERE stamp_id = %s", [stamp_id]
        )
    return rows if {"open", "click"} <= {kind for kind, _, _ in rows} else None


def _fetched(walk: Walk, url: str, headers: dict[str, str]) -> Fetched:
    answer = hostcheck.fetch(url, {"User-Agent": AGENT, **headers}, walk.way.ask, walk.way.trust)
    if not answer.status:
        last = answer.findings[-1]
        raise _Bad(last.step, last.found)
    return answer


def _wait(
    walk: Walk, longest_s: float, look: Callable[[], _Found | None], every_s: float = LOOK_S
) -> _Found | None:
    """What `look` finds, asked again and again; None if it finds nothing in that time."""
    until = clock.monotonic() + longest_s
    while (found := look()) is None and clock.monotonic() < until:
        if walk.stop.wait(every_s):
            raise Stopped
    return found


def _stop_tracking(walk: Walk) -> None:
    if walk.test.stamp_id:
        with db.connection():
            sending.stop(Stamp.get_by_id(walk.test.stamp_id))


_STEPS: dict[Step, Callable[[Walk], _Warning | None]] = {
    Step.STAMP: _stamp,
    Step.SEND: _send,
    Step.FIND: _find,
    Step.CONTENT: _content,
    Step.HOST: _host,
    Step.OPEN: _open,
    Step.CLICK: _click,
    Step.FEED: _feed,
}

"""What each hit of a stamp was: a reader, a proxy, a machine, the sender. Pure.

    hits + sending + tuning -> look around (bursts, self views) -> first rule that speaks -> Ruling

A hit is a fact; a ruling is our reading of it and may be made again when the sending time, the
rules or other hits become known. Nothing here asks a clock, a table or a setting.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter

from backend.tracking import crowd, rules_automatic, rules_reading
from backend.tracking.facts import CLICK, MARKER, OPEN
from backend.tracking.subject import NOTHING, Around, Subject
from backend.tracking.verdicts import (
    Facts,
    Group,
    Ruling,
    Sending,
    Tuning,
    Verdict,
)

__all__ = [
    "RADIUS",
    "RULES",
    "RULES_VERSION",
    "TUNING",
    "Facts",
    "Group",
    "Ruling",
    "Sending",
    "Tuning",
    "Verdict",
    "judge",
]

Rule = Callable[[Subject], Ruling | None]

# Raise it with every change of a rule, of the tuning or of a signature: it is stored with each
# engagement and says by which rules that was read.
RULES_VERSION = 1

RULES: tuple[Rule, ...] = (
    rules_automatic.unsubscribe_request,
    rules_automatic.send_not_confirmed,
    rules_automatic.before_send,  # 2
    rules_automatic.own_view,  # 3
    rules_automatic.prefetch_header,  # 4
    rules_automatic.apple_mpp,  # 5, 6
    rules_automatic.gmail_prefetch,  # 7
    rules_automatic.gmail_image_proxy,  # 8
    rules_automatic.image_proxy,  # 9
    rules_automatic.named_machine,  # 10
    rules_automatic.certain_scanner_network,  # 11
    rules_automatic.probable_scanner_network,  # 12
    rules_automatic.detonation_network,  # 13
    rules_automatic.burst,  # 14
    rules_automatic.honeypot,  # 15
    rules_reading.haste,  # 16
    rules_reading.time_of_click,  # 17
    rules_reading.implausible_agent,  # 18
    rules_reading.mail_client_open,  # 19
    rules_reading.browser_open,  # 20
    rules_reading.bare_webkit_open,  # 21
    rules_reading.browser_click,  # 22
    rules_reading.anything_else,  # 23
)

TUNING = Tuning()

# Hits further apart than this never change each other's ruling, so the hits of a window are judged
# alike within it when the window is loaded with this much more on both sides.
RADIUS: timedelta = TUNING.radius

_ANY_WINDOW = TUNING.longest_window
_LATE_RULINGS_MAX = 20_000
_late_rulings: dict[tuple[object, ...], Ruling] = {}

# Opens that these rules speak for are nobody's reading, so the sender's view does not claim them.
_NOBODYS: tuple[Rule, ...] = (
    rules_automatic.before_send,
    rules_automatic.prefetch_header,
    rules_automatic.apple_mpp,
    rules_automatic.named_machine,
    rules_automatic.certain_scanner_network,
)


def judge(hits: Sequence[Facts], sending: Sending, tuning: Tuning = TUNING) -> list[Ruling]:
    """One ruling for each hit of one stamp, in the order in which the hits were given.

    The order given does not matter: hits are judged by their times. n log n.
    """
    is_alone = len(hits) == 1 and sending.honeypot is None
    is_plain = is_alone or all(hit.kind is OPEN for hit in hits)
    if is_plain and not sending.self_views:
        # Most mails: nothing around to look at, for opens alone say nothing of each other.
        return [_with_wishes(_plain(hit, sending, tuning, NOTHING), hit) for hit in hits]
    ordered = sorted(hits, key=attrgetter("received_at", "id"))
    around = _look_around(ordered, sending, tuning)
    readings = _Readings(sending, tuning, around)
    rulings = {hit.id: readings.rule_on(hit) for hit in ordered}
    return [_with_wishes(rulings[hit.id], hit) for hit in hits]


def decide(subject: Subject) -> Ruling:
    """The ruling of the first rule that speaks."""
    for rule in RULES:
        found = rule(subject)
        if found is not None:
            return found
    raise AssertionError("the last rule always speaks")


def _plain(hit: Facts, sending: Sending, tuning: Tuning, around: Around) -> Ruling:
    """The ruling on a hit without rule 17, which asks for earlier clicks.

    Long after the send no window of time matters any more, so what was ruled once of a hit with
    nothing around it holds for every other one of the same agent, network and headers.
    """
    is_late = sending.sent_at is not None and hit.received_at - sending.sent_at > _ANY_WINDOW
    if not is_late or tuning is not TUNING or sending.honeypot is not None or around.has(hit.id):
        return decide(Subject.of(hit, sending, tuning, around))
    key = (hit.kind, hit.agent, hit.network, hit.is_prefetch, hit.is_self_cookie)
    known = _late_rulings.get(key)
    if known is None:
        if len(_late_rulings) >= _LATE_RULINGS_MAX:
            _late_rulings.clear()
        known = decide(Subject.of(hit, sending, tuning, NOTHING))
        _late_rulings[key] = known
    return known


class _Readings:
    """Clicks that look like a person's, kept for rule 17 as time goes on.

    A click is remembered by what it looks like without rule 17: were it to hang on earlier uses of
    that rule, one click could decide over another hours later.
    """

    def __init__(self, sending: Sending, tuning: Tuning, around: Around) -> None:
        self._given = sending, tuning, around
        self._window = timedelta(seconds=tuning.recheck_s)
        self._by_link: dict[str | None, deque[Facts]] = defaultdict(deque)

    def rule_on(self, hit: Facts) -> Ruling:
        """The ruling on the next hit in the order of time."""
        plain = _plain(hit, *self._given)
        if hit.kind is not CLICK:
            return plain
        earlier = self._by_link[hit.link]
        while earlier and hit.received_at - earlier[0].received_at > self._window:
            earlier.popleft()
        before = earlier[0] if earlier else None
        if plain.verdict is Verdict.HUMAN:
            earlier.append(hit)
        if before is None:
            return plain
        subject = Subject.of(hit, *self._given)
        subject.human_click = before
        return decide(subject)


def _look_around(ordered: Sequence[Facts], sending: Sending, tuning: Tuning) -> Around:
    around = crowd.look_around(ordered, sending, tuning)
    markers = [hit for hit in ordered if hit.kind is MARKER]
    if not (markers or sending.self_views):
        return around
    opens = [
        hit
        for hit in ordered
        if hit.kind is OPEN and not _is_nobodys(Subject.of(hit, sending, tuning, around))
    ]
    return replace(
        around,
        self_viewed=crowd.viewed_by_sender(opens, sending, tuning),
        beside_marker=crowd.beside_markers(opens, markers, tuning),
    )


def _is_nobodys(subject: Subject) -> bool:
    return any(rule(subject) for rule in _NOBODYS)


def _with_wishes(found: Ruling, hit: Facts) -> Ruling:
    """A click whose browser asks for privacy counts, and says that no person may be named.

    Source: github.com/mautic/developer-documentation-new/pull/550 (Sec-GPC, DNT), 2026-11-22.
    """
    if not (hit.has_gpc and hit.kind is CLICK):
        return found
    return found._replace(reasons=(*found.reasons, "gpc_no_person"))

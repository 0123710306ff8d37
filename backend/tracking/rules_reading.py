"""Rules 16 to 23: what looks like a reader, and how far to believe it.

Same form as rules_automatic: a Subject in, a Ruling or None out.
"""

from backend.tracking.signatures import Meaning
from backend.tracking.subject import Subject
from backend.tracking.verdicts import HIGH, LOW, MEDIUM, Facts, Ruling, Verdict, ruling

_BROWSING = frozenset({Meaning.BROWSER, Meaning.IN_APP_BROWSER})
_NEVER_CLICKS = frozenset({Meaning.APPLE_MPP_UA, Meaning.GMAIL_PREFETCH_UA})


def haste(subject: Subject) -> Ruling | None:
    """16: a mail has to travel and be seen first; gateways fetch while it still travels.

    Source: Mautic's BotRatioHelper.php (2 s), Collie (1.5 s); gophish/gophish#1555.
    """
    tuning = subject.tuning
    if subject.is_click and subject.delay_s < tuning.click_haste_s:
        return ruling("haste", Verdict.SUSPECTED, MEDIUM, "click_in_haste")
    if not subject.is_click and subject.delay_s < tuning.open_haste_s:
        return ruling("haste", Verdict.SUSPECTED, MEDIUM, "open_in_haste")
    return None


def time_of_click(subject: Subject) -> Ruling | None:
    """17: some gateways check a link again when a person clicks it: other system, other network.

    Where no network is known, another system alone makes it suspect in a copy of one recipient:
    the person's click beside it counts already, so nothing is lost by not counting this one.
    Source: github.com/resend/resend-node/issues/901 (+12 s).
    """
    before = subject.human_click
    if not subject.is_click or before is None or not _is_other_system(before, subject.hit):
        return None
    name, reason = "time_of_click", "repeats_human_click"
    is_other = _is_other_network(before, subject.hit)
    if is_other:
        return ruling(name, Verdict.SCANNER, MEDIUM, reason, "other_network")
    if is_other is None and subject.hit.is_one_recipient:
        return ruling(name, Verdict.SUSPECTED, LOW, reason, "network_unknown")
    return None


def implausible_agent(subject: Subject) -> Ruling | None:
    """18: no name, or one that no reader has any more; a mail client's engine may be old.

    Source: github.com/gophish/gophish/issues/973 (Chrome 57 from a filter), issues/1555 (IE 8).
    """
    meant, name = subject.meanings, "implausible_agent"
    if Meaning.EMPTY in meant:
        return ruling(name, Verdict.SUSPECTED, LOW, "empty_agent")
    if subject.is_click and meant & _NEVER_CLICKS:
        return ruling(name, Verdict.SUSPECTED, LOW, "impossible_agent")
    if Meaning.CRAWLER in meant:
        return ruling(name, Verdict.SUSPECTED, LOW, "crawler_agent_on_open")
    if Meaning.EXTINCT in meant and Meaning.MAIL_CLIENT not in meant:
        return ruling(name, Verdict.SUSPECTED, LOW, "extinct_agent")
    return None


def mail_client_open(subject: Subject) -> Ruling | None:
    """19: the reader's own mail program fetched the picture while showing the mail.

    Source: ua-parser/uap-core tests/test_ua.yaml; matomo-org/device-detector pim.yml, apps.yml.
    """
    if subject.is_click or Meaning.MAIL_CLIENT not in subject.meanings:
        return None
    is_app = any(trait.startswith("app_") for trait in subject.hit.agent.traits)
    reason = "mail_app" if is_app else "mail_client"
    return ruling("mail_client_open", Verdict.HUMAN, HIGH, reason, is_counted=True)


def browser_open(subject: Subject) -> Ruling | None:
    """20: webmail without a proxy, or a mail app's web view; Private Relay is a person too.

    Source: support.apple.com/102602 (Private Relay carries Safari); warmbly/warmbly#569's cases.
    """
    if subject.is_click or not subject.meanings & _BROWSING:
        return None
    return ruling("browser_open", Verdict.HUMAN, MEDIUM, "browser_open", is_counted=True)


def bare_webkit_open(subject: Subject) -> Ruling | None:
    """21: Apple Mail or the new Outlook, at delivery perhaps a prefetch, later a reader.

    Source: github.com/warmbly/warmbly/pull/569 (a real read 24 min after the send).
    """
    if subject.is_click or Meaning.BARE_WEBKIT not in subject.meanings:
        return None
    name = "bare_webkit_open"
    if subject.delay_s < subject.tuning.bare_webkit_s:
        return ruling(name, Verdict.SUSPECTED, LOW, "bare_webkit", "within_seconds_of_send")
    return ruling(name, Verdict.HUMAN, MEDIUM, "bare_webkit", is_counted=True)


def browser_click(subject: Subject) -> Ruling | None:
    """22: an ordinary browser, and nothing above spoke against it; relays and VPNs included.

    Source: github.com/warmbly/warmbly/pull/412: Safe Links redirects the reader's own browser.
    """
    if not subject.is_click or not subject.meanings & _BROWSING:
        return None
    return ruling("browser_click", Verdict.HUMAN, HIGH, "browser_click", is_counted=True)


def anything_else(subject: Subject) -> Ruling:
    """23: something fetched it and nothing is known against it: counted, and said to be unsure.

    Source: a choice of ours: a reader of an unknown client must not vanish without a trace.
    """
    del subject  # nothing about it is known, which is the point
    return ruling("anything_else", Verdict.UNKNOWN, LOW, "not_recognised", is_counted=True)


def _is_other_system(before: Facts, hit: Facts) -> bool:
    return bool(before.agent.os and hit.agent.os) and before.agent.os != hit.agent.os


def _is_other_network(before: Facts, hit: Facts) -> bool | None:
    """Whether the two came from different networks; None when the facts do not tell."""
    first, second = before.network, hit.network
    if first.asn is not None and second.asn is not None:
        return first.asn != second.asn
    if first.lists != second.lists:
        return True
    if first.country and second.country and first.country != second.country:
        return True
    return None

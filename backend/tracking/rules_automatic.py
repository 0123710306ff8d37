"""Rules 2 to 15: what was not a reader, by its own signs or by the company it keeps.

Each takes a Subject and returns a Ruling, or None when it has nothing to say. The order stands in
`classify.RULES`; the numbers are those of the table in docs/accuracy.md.
"""

from backend.tracking.facts import Kind
from backend.tracking.lists import Certainty, Role
from backend.tracking.signatures import Meaning
from backend.tracking.subject import Subject
from backend.tracking.verdicts import HIGH, LOW, MEDIUM, Ruling, Verdict, ruling


def unsubscribe_request(subject: Subject) -> Ruling | None:
    """A request to be left alone always stands, whoever sent it: to doubt it costs more.

    Source: Braze never blocks unsubscribes as bots (braze.com/docs, bot_filtering, 2026-11-22).
    """
    if subject.hit.kind is not Kind.UNSUBSCRIBE:
        return None
    return ruling(
        "unsubscribe_request", Verdict.HUMAN, HIGH, "unsubscribe_request", is_counted=True
    )


def send_not_confirmed(subject: Subject) -> Ruling | None:
    """Without the sending time every rule of time is blind, so the hit waits; nothing is lost.

    Source: a choice of ours: such a hit is neither an open nor the sender's until then.
    """
    if subject.sending.sent_at is not None:
        return None
    return ruling("send_not_confirmed", Verdict.UNKNOWN, LOW, "send_not_confirmed")


def before_send(subject: Subject) -> Ruling | None:
    """2: nobody but the sender has the mail before it leaves: compose window, draft, outbox.

    Source: mailtrack.zendesk.com 360005927358 (2026-11-22): the sender's own opens never count.
    """
    if subject.delay_s >= 0:
        return None
    return ruling("before_send", Verdict.SELF, HIGH, "before_send")


def own_view(subject: Subject) -> Ruling | None:
    """3: the sender looks at the mail: said by the panel, by our cookie, by the marker.

    Source: outsolvi.com and shlokjain2031/email-tracker: the panel's heads-up claims the next open.
    """
    hit, around = subject.hit, subject.around
    if hit.kind is Kind.MARKER or hit.id in around.beside_marker:
        return ruling("own_view", Verdict.SELF, HIGH, "own_copy_marker")
    if subject.is_click and hit.is_self_cookie:
        return ruling("own_view", Verdict.SELF, HIGH, "self_cookie")
    if hit.id in around.self_viewed:
        return ruling("own_view", Verdict.SELF, HIGH, "self_view")
    return None


def prefetch_header(subject: Subject) -> Ruling | None:
    """4: a browser that says "prefetch" has shown nothing to anybody yet.

    Source: github.com/mautic/developer-documentation-new/pull/550; Sec-Purpose in the Fetch spec.
    """
    if not subject.hit.is_prefetch:
        return None
    return ruling("prefetch_header", Verdict.PREFETCH, HIGH, "prefetch_header")


def apple_mpp(subject: Subject) -> Ruling | None:
    """5 and 6: Apple Mail loads pictures whether the mail is looked at or not.

    The agent alone decides; the address only makes it surer, as the list may be missing or old.
    Source: github.com/ua-parser/uap-core/issues/509 (2021-09-27); Mailgun's sample has the same.
    """
    if subject.is_click or Meaning.APPLE_MPP_UA not in subject.meanings:
        return None
    if subject.is_from(Role.RELAY):
        return ruling(
            "apple_mpp", Verdict.APPLE_MPP, HIGH, "apple_mpp_agent", "apple_relay_address"
        )
    return ruling("apple_mpp", Verdict.APPLE_MPP, MEDIUM, "apple_mpp_agent", "apple_relay_unproven")


def gmail_prefetch(subject: Subject) -> Ruling | None:
    """7: Gmail's prefetch, which the same agent from Microsoft's network is not.

    Source: sparkpost.com/blog/gmail-prefetching-images: false opens, 1-6 % of Gmail's.
    """
    if subject.is_click or Meaning.GMAIL_PREFETCH_UA not in subject.meanings:
        return None
    name, agent, tuning = "gmail_prefetch", "gmail_prefetch_agent", subject.tuning
    if subject.is_from(Role.GOOGLE, tuning.google_asns):
        return ruling(name, Verdict.PREFETCH, HIGH, agent, "google_address")
    if subject.is_from(Role.MICROSOFT, tuning.microsoft_asns):
        return ruling(name, Verdict.IMAGE_PROXY, LOW, "microsoft_address", is_counted=True)
    return ruling(name, Verdict.SUSPECTED, MEDIUM, agent, "neither_google_nor_microsoft")


def gmail_image_proxy(subject: Subject) -> Ruling | None:
    """8: Gmail's picture proxy fetches when a reader opens the mail, rarely at delivery.

    Source: sparkpost.com/blog/gmail-prefetching-images; github.com/gophish/gophish/issues/1390
    saw it within seconds of delivery, hence less sure there.
    """
    if subject.is_click or "gmail_image_proxy" not in subject.hit.agent.traits:
        return None
    if subject.delay_s < subject.tuning.proxy_haste_s:
        reasons = ("gmail_proxy", "within_seconds_of_send")
        return ruling("gmail_image_proxy", Verdict.IMAGE_PROXY, LOW, *reasons, is_counted=True)
    return ruling("gmail_image_proxy", Verdict.IMAGE_PROXY, MEDIUM, "gmail_proxy", is_counted=True)


def image_proxy(subject: Subject) -> Ruling | None:
    """9: the other mail services' proxies fetch when the mail is shown.

    Source: help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html; matomo-org/device-detector#5668.
    """
    if subject.is_click or Meaning.IMAGE_PROXY not in subject.meanings:
        return None
    return ruling("image_proxy", Verdict.IMAGE_PROXY, MEDIUM, "mail_proxy", is_counted=True)


def named_machine(subject: Subject) -> Ruling | None:
    """10: the agent says itself that it is no reader.

    A crawler's words decide on clicks only, since crawler lists hold mail providers' proxies too.
    Office's agent is a reader's Outlook on a picture and a probe on a link.
    Source: github.com/monperrus/crawler-user-agents; gmass.co/blog/false-opens-in-gmail.
    """
    meant, name = subject.meanings, "named_machine"
    if Meaning.UNFURLER in meant:
        return ruling(name, Verdict.UNFURLER, HIGH, "unfurler_agent")
    if Meaning.SCANNER in meant:
        return ruling(name, Verdict.SCANNER, HIGH, "scanner_agent")
    if Meaning.HTTP_LIBRARY in meant:
        return ruling(name, Verdict.SCANNER, HIGH, "http_library")
    for meaning, reason in _ON_CLICKS if subject.is_click else ():
        if meaning in meant:
            return ruling(name, Verdict.SCANNER, HIGH, reason)
    return None


_ON_CLICKS = (
    (Meaning.CRAWLER, "crawler_agent"),
    (Meaning.OFFICE_PROBE, "office_link_probe"),
    (Meaning.IMAGE_PROXY, "proxy_agent_on_click"),
)


def certain_scanner_network(subject: Subject) -> Ruling | None:
    """11: networks that only filter mail; no mailbox is ever read from them.

    Source: Microsoft's endpoint sets 9 and 10, Barracuda's ranges (data/networks/*.txt).
    """
    if not subject.is_scanner_network(Certainty.CERTAIN):
        return None
    return ruling("certain_scanner_network", Verdict.SCANNER, HIGH, "certain_scanner_network")


def probable_scanner_network(subject: Subject) -> Ruling | None:
    """12: security companies' networks near the send; later a person sits behind their isolation.

    Source: github.com/warmbly/warmbly/pull/412; data/scanner-asns.toml.
    """
    is_known = subject.hit.network.asn in subject.tuning.scanner_asns
    is_near = subject.delay_s < subject.tuning.scan_window_s
    if not is_near or not (is_known or subject.is_scanner_network(Certainty.PROBABLE)):
        return None
    reasons = ("probable_scanner_network", "near_send")
    return ruling("probable_scanner_network", Verdict.SCANNER, MEDIUM, *reasons)


def detonation_network(subject: Subject) -> Ruling | None:
    """13: where Microsoft opens links at delivery, or data centres that the policy lists.

    People on cloud desktops are there too, so only the time or a burst makes it a scanner.
    Source: github.com/mautic/mautic/issues/9400; github.com/gophish/gophish/issues/2646.
    """
    if not subject.is_click:
        return None
    if subject.is_from(Role.DETONATION):
        where = "detonation_network"
    elif subject.hit.network.asn in subject.tuning.hosting_asns:
        where = "hosting_network"
    else:
        return None
    name = "detonation_network"
    if subject.delay_s < subject.tuning.scan_window_s:
        return ruling(name, Verdict.SCANNER, MEDIUM, where, "near_send")
    if subject.hit.id in subject.around.in_burst:
        return ruling(name, Verdict.SCANNER, MEDIUM, where, "in_burst")
    return ruling(name, Verdict.HUMAN, LOW, where, "long_after_send", is_counted=True)


def burst(subject: Subject) -> Ruling | None:
    """14: nobody clicks three links in five seconds; the opens beside them are the same machine's.

    Source: github.com/mautic/mautic/issues/9798; github.com/MillionSend/millionsend/pull/22.
    """
    if subject.hit.id in subject.around.in_burst:
        return ruling("burst", Verdict.SCANNER, HIGH, "in_burst")
    if subject.hit.id in subject.around.near_burst:
        return ruling("burst", Verdict.SCANNER, HIGH, "near_burst")
    return None


def honeypot(subject: Subject) -> Ruling | None:
    """15: only a machine follows a link that cannot be seen (no mail gets one yet).

    Source: github.com/mautic/mautic/issues/9798 (a hidden link and a window around it).
    """
    if subject.hit.id not in subject.around.near_honeypot:
        return None
    return ruling("honeypot", Verdict.SCANNER, HIGH, "honeypot")

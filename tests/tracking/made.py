"""Hits made for tests: one line each, with a plain reader unless something else is said."""

from datetime import UTC, datetime, timedelta

from backend.tracking.classify import Facts, Ruling, Sending, Tuning, judge
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.signatures import read_agent

SENT_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SENDING = Sending(SENT_AT, link_count=5)

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/128.0.0.0 Safari/537.36"
)
CHROME_ON_MAC = CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.2.0"
GMAIL_PROXY = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)
APPLE_MPP = "Mozilla/5.0"
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
BARE_WEBKIT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)


def after(seconds: float) -> datetime:
    """That many seconds after the send."""
    return SENT_AT + timedelta(seconds=seconds)


def network(*lists: str, asn: int | None = None, country: str | None = None) -> NetworkFacts:
    """The facts of an address in these lists."""
    return NetworkFacts(
        asn=asn, country=country, is_approximate=bool(lists), lists=tuple(sorted(lists))
    )


def opened(seconds: float, user_agent: str = CHROME, **more) -> Facts:
    """An open so long after the send."""
    return _hit(Kind.OPEN, seconds, user_agent, None, more)


def clicked(seconds: float, user_agent: str = CHROME, link: str = "link", **more) -> Facts:
    """A click so long after the send."""
    return _hit(Kind.CLICK, seconds, user_agent, link, more)


def other(kind: Kind, seconds: float, user_agent: str = CHROME) -> Facts:
    """A hit of another kind."""
    return _hit(kind, seconds, user_agent, None, {})


def ruled(*hits: Facts, sending: Sending = SENDING, tuning: Tuning | None = None) -> list[Ruling]:
    """The rulings on these hits."""
    return judge(hits, sending, tuning) if tuning else judge(hits, sending)


def _hit(kind: Kind, seconds: float, user_agent: str, link: str | None, more: dict) -> Facts:
    values = {
        "id": f"{kind}-{seconds:014.3f}-{link}-{more.get('reader_key', b'').hex()}",
        "network": NetworkFacts(),
        "reader_key": user_agent.encode()[-16:],
        "copy": "copy",
        **{name: value for name, value in more.items() if name != "requested_with"},
    }
    return Facts(
        kind=kind,
        received_at=after(seconds),
        agent=read_agent(user_agent, more.get("requested_with", "")),
        link=link,
        **values,
    )

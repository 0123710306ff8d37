"""The edge's own face: the few pages a reader may see on the tracking host.

They carry no script, no cookie, nothing from elsewhere, and never echo what was asked for.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import urlsplit

from backend.edge.answers import Answer, Headers
from backend.settings import Settings
from backend.tracking.facts import Kind

RETRY_S = 2
ACTIONS = ("unsubscribe", "stop")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;"
    "color:#242424;background:#fff}h1{font-size:1.4rem}button{font:inherit;padding:.5rem 1rem;"
    "margin:.25rem 0}@media(prefers-color-scheme:dark){body{color:#eee;background:#1f1f1f}"
    "a{color:#8ab4f8}}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Face:
    """Whose host this is: the tracking host's name and where its owner can be reached."""

    host: str
    owner_url: str

    @classmethod
    def of(cls, settings: Settings) -> "Face":
        """The face that these settings give."""
        return cls(urlsplit(settings.tracking_url).netloc, settings.public_url)


def home(face: Face) -> Answer:
    """Whose host this is, what is recorded, how to refuse and whom to write to."""
    owner = f'<a href="{escape(face.owner_url)}">{escape(face.owner_url)}</a>'
    return _page(
        200,
        "About this address",
        f"""<p>{escape(face.host)} serves the pictures and links of e-mails that were sent from
{owner}. If a link or a picture in a mail brought you here, its sender uses this service to learn
whether anybody looked at the mail.</p>
<h2>What is recorded</h2>
<p>When such a picture is loaded or such a link is followed: the time, which mail or link it was,
the name your mail program gives of itself, and the network and country of the request. Your
internet address is not kept: it is turned into a key that becomes useless at the end of the day.
There are no cookies and no scripts.</p>
<h2>How to refuse</h2>
<p>Use the link "unsubscribe or stop tracking" in the mail; "stop tracking me" takes effect at
once and for all later mail of that sender. You can also tell your mail program not to load remote
pictures, or answer the mail and ask its sender.</p>
<h2>Whom to write to</h2>
<p>The sender of the mail, by answering it, or the owner of this address at {owner}.</p>""",
        '<meta name="generator" content="Telltale">',  # by which tracking.hostcheck knows us
    )


def choices() -> Answer:
    """The two things a recipient can ask for, as forms; looking at it changes nothing."""
    return _page(
        200,
        "What may we send you?",
        """<p>Nothing has changed yet. Please choose:</p>
<form method="post"><input type="hidden" name="action" value="unsubscribe">
<button>Unsubscribe</button><br>You will get no further mail of this kind.</form>
<form method="post"><input type="hidden" name="action" value="stop">
<button>Stop tracking me</button><br>Mail may still come, but without tracking.</form>""",
    )


def chosen(action: str) -> Answer:
    """Says that the choice is stored."""
    what = (
        "You are unsubscribed. No further mail of this kind will be sent to you."
        if action == "unsubscribe"
        else "We no longer track mail to you. It may take a minute to reach every part."
    )
    return _page(200, "Done", f"<p>{what}</p>")


def not_chosen() -> Answer:
    """The form came without one of the choices we know."""
    return _page(
        400,
        "Please choose again",
        "<p>Nothing has changed. Go back and use one of the buttons.</p>",
    )


def try_again(what: str) -> Answer:
    """A part that is needed does not answer; the page asks again by itself where that is safe."""
    refresh = f'<meta http-equiv="refresh" content="{RETRY_S}">' if what == "link" else ""
    text = (
        "<p>This link is known, but its target is not at hand yet. The page tries again by itself"
        " every few seconds.</p>"
        if what == "link"
        else "<p>Your choice could not be stored just now, and nothing has changed. Please try"
        " again in a minute.</p>"
    )
    return _page(503, "One moment, please", text, head=refresh, retry=True)


def no_such_page(kind: Kind | None) -> Answer:
    """404 without an echo; a dead link is told apart from a mistyped address."""
    if kind is Kind.CLICK:
        text = """<p>This link does not lead anywhere. It may have been cut short or changed on its
way to you. Please look for the page another way, or answer the mail and ask its sender.</p>"""
    elif kind is Kind.UNSUBSCRIBE:
        text = """<p>This address may have been cut short or changed on its way to you. Please
answer the mail and ask its sender to take you off the list.</p>"""
    else:
        text = '<p>There is nothing at this address. <a href="/">What this host is for</a></p>'
    return _page(404, "Not found", text)


def too_large() -> Answer:
    """The form's body is larger than any form of ours."""
    return _page(413, "Too large", "<p>Nothing has changed. Go back and use a button.</p>")


def _page(status: int, title: str, body: str, head: str = "", *, retry: bool = False) -> Answer:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width">{head}<style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>\n"
    ).encode()
    headers: Headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", str(len(html))),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
            " frame-ancestors 'none'; base-uri 'none'",
        ),
    ]
    return Answer(status, [*headers, ("retry-after", str(RETRY_S))] if retry else headers, html)

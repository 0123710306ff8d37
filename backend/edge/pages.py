"""The edge's own face: the few pages a reader may see on the tracking host, in each language.

They carry no script, no cookie, nothing from elsewhere, and never echo what was asked for. All of
them are made when the edge starts.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from backend.edge.answers import Answer, Headers
from backend.settings import Settings
from backend.tracking.facts import Kind
from backend.words import Language, on_screen

RETRY_S = 2
ACTIONS = ("unsubscribe", "stop")
_STYLE = (
    ":root{color-scheme:light dark;color:#242424;background:#fff}"
    "body{font:16px/1.5 'Segoe UI',system-ui,sans-serif;max-width:38rem;margin:3rem auto;"
    "padding:0 1rem;overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.25}"
    "h2{font-size:1.125rem;margin:1.5rem 0 .25rem}p{margin:.25rem 0 .75rem}"
    "form{margin:1rem 0;padding:1rem;border:1px solid #8888;border-radius:8px}"
    "form p{margin:.5rem 0 0}a{color:#0f6cbd}"
    "button{font:inherit;font-weight:600;min-height:44px;padding:.5rem 1rem;color:#fff;"
    "background:#0f6cbd;border:1px solid #0000;border-radius:4px;cursor:pointer}"
    ":focus-visible{outline:2px solid;outline-offset:2px}"
    "@media(prefers-color-scheme:dark){:root{color:#fff;background:#292929}a{color:#479ef5}"
    "button{background:#115ea3}}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
# By this tracking.hostcheck knows us.
_GENERATOR = '<meta name="generator" content="Telltale">'
_OWNER = "\0"  # where the owner's address stands in a text, while the rest of it is escaped


@dataclass(frozen=True, slots=True)
class Face:
    """Whose host this is: where its owner can be reached. It may have more names than one."""

    owner_url: str

    @classmethod
    def of(cls, settings: Settings) -> "Face":
        """The face that these settings give."""
        return cls(settings.public_url)


def in_every_language(face: Face) -> Mapping[Language, "Pages"]:
    """The pages by language."""
    return {language: Pages(language, face) for language in Language}


class Pages:
    """Every page, in one language.

    `home` says whose host this is, what is recorded, how to refuse and whom to write to; `choices`
    are forms, and looking at them changes nothing. `link_later` asks again by itself, since a link
    that is followed twice does no harm.
    """

    def __init__(self, language: Language, face: Face) -> None:
        self._language = language
        self.home = self._home(face)
        self.choices = self._page(200, "choose", self._p("choose_text"), *map(self._form, ACTIONS))
        self.chosen = {
            action: self._page(200, "done", self._p(f"done_{action}")) for action in ACTIONS
        }
        self.not_chosen = self._page(400, "again", self._p("again_text"))
        self.too_large = self._page(413, "too_large", self._p("again_text"))
        self.link_later = self._later("link_later", f'http-equiv="refresh" content="{RETRY_S}"')
        self.choice_later = self._later("choice_later")
        to_home = f'<p><a href="/">{self._t("nothing_home")}</a></p>'
        self._gone: Mapping[Kind | None, Answer] = {
            Kind.CLICK: self._page(404, "gone", self._p("gone_link")),
            Kind.UNSUBSCRIBE: self._page(404, "gone", self._p("gone_choice")),
            None: self._page(404, "gone", self._p("nothing"), to_home),
        }

    def gone(self, kind: Kind | None) -> Answer:
        """404 without an echo; a dead link is told apart from a mistyped address."""
        return self._gone[kind]

    def _home(self, face: Face) -> Answer:
        owner = f'<a href="{escape(face.owner_url)}">{escape(face.owner_url)}</a>'
        link = on_screen("edge.notice_link", self._language)
        parts = [self._p("home_what", owner=_OWNER)]
        for name in ("recorded", "refuse", "whom"):
            parts.append(f"<h2>{self._t(f'home_{name}')}</h2>")
            parts.append(self._p(f"home_{name}_text", owner=_OWNER, link=link))
        body = (part.replace(_OWNER, owner) for part in parts)
        return self._page(200, "home", *body, head=_GENERATOR)

    def _form(self, action: str) -> str:
        return (
            f'<form method="post"><input type="hidden" name="action" value="{action}">'
            f"<button>{self._t(f'choose_{action}')}</button>{self._p(f'choose_{action}_text')}</form>"
        )

    def _later(self, text: str, meta: str = "") -> Answer:
        page = self._page(503, "later", self._p(text), head=f"<meta {meta}>" if meta else "")
        return Answer(page.status, [*page.headers, ("retry-after", str(RETRY_S))], page.body)

    def _p(self, key: str, **slots: str) -> str:
        return f"<p>{self._t(key, **slots)}</p>"

    def _t(self, key: str, **slots: str) -> str:
        return escape(on_screen(f"edge.{key}", self._language, **slots), quote=False)

    def _page(self, status: int, title: str, *body: str, head: str = "") -> Answer:
        heading = self._t(f"{title}_title")
        html = (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            f'<title>{heading}</title><meta name="viewport" content="width=device-width">{head}'
            f"<style>{_STYLE}</style></head><body><main><h1>{heading}</h1>{''.join(body)}</main>"
            "</body></html>\n"
        ).encode()
        return Answer(status, _headers(self._language, len(html)), html)


def _headers(language: Language, length: int) -> Headers:
    return [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", str(length)),
        ("content-language", language),
        ("vary", "accept-language"),
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

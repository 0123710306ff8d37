"""The sample mails, the tokens and the rules that the tests of this room share."""

import re
from pathlib import Path

from backend.mail.html_body import HtmlBody, LinkRules

MAILS = Path(__file__).parent.parent / "data" / "mails"
NAMES = sorted(path.stem for path in MAILS.glob("*.html"))
HOST = "track.example"
PIXEL_URL = "https://track.example/o/" + "o" * 32 + ".gif"
PIXEL = f'<img src="{PIXEL_URL}" width="1" height="1" alt="" style="border:0;width:1px;height:1px">'


def own_token(kind: str, text: str) -> str | None:
    """A token of the tests: 32 letters, the first its kind, in any case."""
    token = text.lower()
    return token if re.fullmatch(rf"{kind}[a-z0-9]{{31}}", token) else None


RULES = LinkRules(
    own_hosts=frozenset({HOST, "old-track.example", "127.0.0.1:8001"}),
    own_token=own_token,
    left_domains=frozenset({"left.example"}),
)


def mail(name: str) -> str:
    """A sample as it was written, line ends included."""
    with (MAILS / f"{name}.html").open(encoding="utf-8", newline="") as file:
        return file.read()


def token(kind: str, number: int) -> str:
    """The number-th token of a kind."""
    return f"{kind}{number:031}"


def wrapped(body: HtmlBody) -> dict[int, str]:
    """Tracked addresses for every link of a body."""
    return {link.position: f"https://{HOST}/c/{token('c', link.position)}" for link in body.links}


def targets(body: HtmlBody) -> dict[str, str]:
    """Where those lead: the stored addresses by token."""
    return {token("c", link.position): link.url for link in body.links}


def stamp(html: str, rules: LinkRules = RULES, notice: str = "") -> str:
    """The mail with every link wrapped and the pixel in it."""
    body = HtmlBody.read(html, rules)
    return body.stamped(PIXEL_URL, wrapped(body), notice)

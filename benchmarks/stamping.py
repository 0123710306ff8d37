"""How long stamping takes; `python -m benchmarks.stamping` prints the table.

Milliseconds of processor time for reading a mail and writing it stamped, best of some rounds, on
mails of the three usual sizes and on mails made to take long.
"""

import time
from collections.abc import Callable

from backend.mail.html_body import HtmlBody, LinkRules

ROUNDS = 5
MANY = 100_000
LINK = "<a href='https://shop.example/'>"
PIXEL = "<img src='https://track.example/o/" + "o" * 32 + ".gif'>"
RULES = LinkRules(
    own_hosts=frozenset({"track.example"}),
    own_token=lambda kind, text: text if len(text) == 32 and text[0] == kind else None,
)


def newsletter(size: int, links: int) -> str:
    """A table layout with inline styles of about `size` characters and that many links."""
    row = (
        '<tr><td style="padding:10px 20px;font-family:Arial,sans-serif;font-size:14px;'
        'line-height:20px;color:#333333" align="left"><p style="margin:0 0 16px">Some text '
        "&amp; more text that fills the line, and then some.</p></td></tr>\n"
    )
    link = (
        '<tr><td><a href="https://shop.example/p/{0}?utm_source=mail&amp;utm_id={0}" '
        'style="color:#0066cc;text-decoration:none" target="_blank"><b>Read</b> more</a></td></tr>'
    )
    rows = max(1, (size - links * len(link)) // len(row))
    parts = ["<!DOCTYPE html><html><head><style>a > b {color:red}</style></head><body><table>"]
    done = 0
    for at in range(rows):
        parts.append(row)
        while done * rows < links * (at + 1):
            parts.append(link.format(done))
            done += 1
    return "".join(parts) + "</table></body></html>"


def word_mail(size: int) -> str:
    """What Outlook makes of a long document."""
    paragraph = (
        "<p class=MsoNormal style='margin-bottom:0in;line-height:normal'><span "
        "style='font-size:11.0pt;font-family:\"Calibri\",sans-serif'>Some text that goes on for "
        "a line<o:p></o:p></span></p>\r\n"
    )
    head = "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><div class=WordSection1>"
    block = "<p class=MsoNormal><b>From:</b> Carol<br><b>Sent:</b> Monday</p>\r\n"
    return head + paragraph * (size // len(paragraph)) + block + "</div></body></html>"


MAILS: dict[str, Callable[[], str]] = {
    "70 kB, 38 links": lambda: newsletter(70_000, 38),
    "0.9 MB, 1,500 links": lambda: newsletter(900_000, 1500),
    "1.5 MB of Word": lambda: word_mail(1_500_000),
}
HOSTILE: dict[str, Callable[[], str]] = {
    "100,000 nested divs": lambda: "<div>" * MANY,
    "100,000 nested divs in a quote": lambda: "<div class=gmail_quote>" + "<div>" * MANY,
    "100,000 nested quotes": lambda: "<blockquote>" * MANY,
    "100,000 <": lambda: "<" * MANY,
    "100,000 open comments": lambda: "<!--" * MANY,
    "100,000 empty comments": lambda: "<!---->" * MANY,
    "100,000 open conditional comments": lambda: "<!--[if mso]>" * MANY,
    "100,000 </body>": lambda: "</body>" * MANY,
    "100,000 open quotes": lambda: "<a b='x " * MANY,
    "100,000 open styles": lambda: "<style>" * MANY,
    "100,000 From:": lambda: "<b>From:" * MANY,
    "100,000 declarations": lambda: "<!x" * MANY,
    "1 MB of an address": lambda: f"{LINK[:-2]}{'x' * 1_000_000}'>",
    "1 MB of an open address": lambda: f"<a href='{'x' * 1_000_000}",
    "1 MB of attributes": lambda: f"<a {'b=c ' * 250_000}>",
    "1 MB of slashes": lambda: f"<a{'/' * 1_000_000}>",
    "1 MB of references": lambda: f"<a href='{'&amp' * 250_000}'>",
    "1 MB of braces in links": lambda: f"{LINK[:-2]}{'{{' * 3900}'>" * 120,
    "1 MB of an image": lambda: f"<img src='data:image/png;base64,{'A' * 1_000_000}'>",
    "10,000 links": lambda: LINK * 10_000,
    "10,000 of our pixels": lambda: PIXEL * 10_000,
}


def stamp(html: str) -> str:
    """The mail with every link wrapped and the pixel in it."""
    body = HtmlBody.read(html, RULES)
    wrapped = {
        link.position: f"https://track.example/c/c{link.position:031}" for link in body.links
    }
    return body.stamped("https://track.example/o/" + "o" * 32 + ".gif", wrapped)


def milliseconds(html: str) -> float:
    """The best of some rounds of processor time."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        stamp(html)
        best = min(best, (time.process_time_ns() - begun) / 1e6)
    return best


def main() -> None:
    """Print both tables."""
    for title, table in (("usual mails", MAILS), ("mails made to take long", HOSTILE)):
        print(f"\n| {title} | kB | ms | MB/s |\n|---|---|---|---|")
        for name, make in table.items():
            html = make()
            took = milliseconds(html)
            print(
                f"| {name} | {len(html) / 1e3:,.0f} | {took:,.2f} | {len(html) / took / 1e3:.0f} |"
            )


if __name__ == "__main__":
    main()

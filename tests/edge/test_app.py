"""The edge over the wire: what each kind of request is answered, and which of them are hits."""

import asyncio
import zlib
from contextlib import closing
from datetime import timedelta

import pytest

from backend import clock
from backend.edge.answers import GIF, NO_STORE, PNG
from backend.edge.app import Edge
from backend.edge.requests import Request
from backend.settings import Settings
from backend.tracking import selfcookie
from backend.tracking.facts import Kind
from backend.tracking.linkdoor import serve_links
from tests.edge.running import SECRET, token
from tests.waiting import wait_until

PIXEL_HEADERS = {
    "content-type": "image/gif",
    "content-length": "43",
    "cache-control": NO_STORE,
}
OUR_USER = "01890000-0000-7000-8000-00000000000a"


def test_the_pixels_are_transparent_images_of_one_dot():
    assert (GIF[:6], len(GIF)) == (b"GIF89a", 43)
    assert GIF[6:10] == b"\1\0\1\0"
    assert PNG[:8] == b"\x89PNG\r\n\x1a\n"
    assert PNG[16:24] == b"\0\0\0\1\0\0\0\1"
    assert zlib.decompress(PNG[41 : 41 + PNG[36]])[1:] == b"\0\0"  # black, alpha 0


OPENS = (
    ("a pixel as it was stamped", "/o/{t}.gif", GIF, 1),
    ("Outlook's append wants a PNG", "/o/{t}.png", PNG, 1),
    ("PNG in capitals", "/o/{t}.PNG", PNG, 1),
    ("no extension", "/o/{t}", GIF, 1),
    ("a wrong extension answers the GIF", "/o/{t}.jpeg", GIF, 1),
    ("a gateway upper-cased the address", "/o/{T}.GIF", GIF, 1),
    ("a query was added on the way", "/o/{t}.gif?utm_source=x&proxy=1", GIF, 1),
    ("percent-encoded dot", "/o/{t}%2egif", GIF, 1),
    ("an absolute address in the request line", "http://evil.test/o/{t}.gif", GIF, 1),
    ("a token of another kind", "/m/{t}.gif", GIF, 0),
    ("one character changed", "/o/{t31}{other}.gif", GIF, 0),
    ("one character more", "/o/{t}a.gif", GIF, 0),
    ("too short", "/o/abc.gif", GIF, 0),
    ("nothing", "/o/", GIF, 0),
    ("a path of 10 kB", "/o/" + "a" * 10_000, GIF, 0),
    ("bytes outside ASCII", "/o/%ff%fe%00", GIF, 0),
    ("a line break in the path", "/o/{t31}%0a.gif", GIF, 0),
)


@pytest.mark.req("R4")
@pytest.mark.parametrize(("why", "path", "body", "stored"), OPENS, ids=[row[0] for row in OPENS])
def test_every_pixel_address_answers_an_image_and_only_ours_are_stored(
    edge, why, path, body, stored
):
    before = len(edge.hits())
    one = token(Kind.OPEN)
    other = "a" if one[31] != "a" else "b"

    reply = edge.get(path.format(t=one, T=one.upper(), t31=one[:31], other=other))

    assert (reply.status, reply.body) == (200, body), why
    assert reply.headers["cache-control"] == NO_STORE
    assert [hit.token for hit in edge.hits()[before:]] == [one] * stored


def test_known_and_unknown_pixels_have_the_same_headers_and_no_more_than_they_need(edge):
    known = edge.get(f"/o/{token(Kind.OPEN)}.gif")
    unknown = edge.get("/o/unknown.gif")

    for reply in (known, unknown):
        ours = {n: v for n, v in reply.headers.items() if n not in {"date", "server", "connection"}}
        assert ours == PIXEL_HEADERS


def test_the_marker_is_a_hit_of_its_own_kind(edge):
    marker = token(Kind.MARKER)

    edge.get(f"/m/{marker}.gif")

    assert [hit.kind for hit in edge.hits() if hit.token == marker] == [Kind.MARKER]


METHODS = (
    ("HEAD is not a hit", "HEAD", "o", 200, None),
    ("OPTIONS is not a hit", "OPTIONS", "o", 204, "GET, HEAD, OPTIONS"),
    ("nobody posts to a pixel", "POST", "o", 405, "GET, HEAD, OPTIONS"),
    ("nor to a link", "POST", "c", 405, "GET, HEAD, OPTIONS"),
    ("nor deletes one", "DELETE", "c", 405, "GET, HEAD, OPTIONS"),
    ("nor what nobody has heard of", "BREW", "m", 405, "GET, HEAD, OPTIONS"),
    ("a form takes POST too", "OPTIONS", "u", 204, "GET, HEAD, POST, OPTIONS"),
    ("but not PUT", "PUT", "u", 405, "GET, HEAD, POST, OPTIONS"),
)


@pytest.mark.parametrize(
    ("why", "method", "kind", "status", "allow"), METHODS, ids=[row[0] for row in METHODS]
)
def test_only_a_get_is_a_hit(edge, why, method, kind, status, allow):
    before = len(edge.hits())

    reply = edge.ask(method, f"/{kind}/{token(Kind(kind))}")

    assert (reply.status, reply.headers.get("allow")) == (status, allow), why
    assert reply.body == b""
    assert len(edge.hits()) == before


@pytest.mark.parametrize(
    ("why", "path", "status"),
    [("its home", "/", 200), ("a dead link", "/c/nothing", 404), ("choices", "/u/{u}", 200)],
)
def test_a_page_is_in_the_readers_language_and_nothing_is_kept_of_it(edge, why, path, status):
    before = len(edge.hits())

    for language in ("de", "en"):
        asked = f"Accept-Language: fr,{language};q=0.5\r\n"
        reply = edge.get(path.format(u=token(Kind.UNSUBSCRIBE)), asked)

        assert (reply.status, reply.headers["content-language"]) == (status, language), why
        assert f'<html lang="{language}">'.encode() in reply.body

    edge.get(f"/o/{token(Kind.OPEN)}.gif", "Accept-Language: de\r\nDNT: 1\r\n")
    assert [set(hit.headers) for hit in edge.hits()[before:]] == [{"dnt"}]


def test_head_answers_the_headers_of_the_pixel(edge):
    reply = edge.ask("HEAD", f"/o/{token(Kind.OPEN)}.gif")

    assert {name: reply.headers.get(name) for name in PIXEL_HEADERS} == PIXEL_HEADERS


def test_ranges_and_conditions_are_ignored(edge):
    headers = "Range: bytes=0-1\nIf-None-Match: *\nIf-Modified-Since: Sun, 22 Nov 2026 00:00:00 GMT"

    reply = edge.get(f"/o/{token(Kind.OPEN)}.gif", headers)

    assert (reply.status, reply.body) == (200, GIF)


BROKEN = (
    ("ESC in a header", b"GET /o/x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x1b[31mb\r\n\r\n", 400),
    ("a bare CR in a header", b"GET /o/x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\rb\r\n\r\n", 400),
    ("NUL in a header", b"GET /o/x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\0b\r\n\r\n", 400),
    ("a folded header", b"GET /o/x HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    ("ESC in the path", b"GET /o/\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("a space in the path", b"GET /o/a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("a path of 70 kB", b"GET /o/" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("150 headers", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 150 + b"\r\n", 431),
    ("no HTTP at all", b"hello\r\n\r\n", 400),
)


@pytest.mark.parametrize(("why", "request_", "status"), BROKEN, ids=[row[0] for row in BROKEN])
def test_broken_requests_are_refused_and_the_edge_goes_on(edge, why, request_, status):
    assert edge.send(request_).status == status, why
    assert edge.is_up()


def test_a_user_agent_of_8_kb_is_cut(edge):
    one = token(Kind.OPEN)

    reply = edge.get(f"/o/{one}.gif", "User-Agent: " + "x" * 8_192)

    assert reply.status == 200
    assert [hit.user_agent for hit in edge.hits() if hit.token == one] == ["x" * 512]


def test_a_hit_says_when_who_asked_and_how_but_not_from_where(edge):
    one = token(Kind.OPEN)

    edge.get(f"/o/{one}.gif", "User-Agent: Some Mail\tProgram\nSec-GPC: 1\nReferer: http://a.test/")

    (hit,) = [hit for hit in edge.hits() if hit.token == one]
    assert hit.user_agent == "Some MailProgram"
    assert hit.headers == {"sec-gpc": "1"}
    assert len(hit.reader_key) == 16
    assert "127.0.0.1" not in (edge.data_dir / "hits.db").read_bytes().decode("latin-1")


@pytest.mark.req("R15")
def test_a_link_leads_exactly_where_the_mail_said(edge, put_link):
    one = token(Kind.CLICK)
    put_link(one, "https://Example.TEST/a|b?x=[1]&y={2}\\z#Frag")

    reply = edge.get(f"/c/{one}")

    assert reply.status == 302
    assert reply.headers["location"] == "https://Example.TEST/a|b?x=[1]&y={2}\\z#Frag"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in reply.headers
    assert [hit.kind for hit in edge.hits() if hit.token == one] == [Kind.CLICK]


def test_a_head_on_a_link_is_answered_and_is_no_hit(edge, put_link):
    one = token(Kind.CLICK)
    put_link(one, "https://example.test/")

    reply = edge.ask("HEAD", f"/c/{one}")

    assert (reply.status, reply.headers["location"]) == (302, "https://example.test/")
    assert [hit for hit in edge.hits() if hit.token == one] == []


@pytest.mark.req("R15")
@pytest.mark.parametrize(
    "path",
    ["/c/" + "a" * 32, "/c/https://evil.test", "/c/%3Cscript%3E", "/c/", "/nothing%0d%0aX: y"],
)
def test_what_is_not_ours_is_a_kind_page_that_echoes_nothing(edge, path):
    reply = edge.get(path.replace(" ", "%20") + "?u=https://evil.test")

    assert reply.status == 404
    assert "location" not in reply.headers
    assert b"evil" not in reply.body
    assert b"<script" not in reply.body
    assert b"Not found" in reply.body


def test_a_link_that_the_edge_does_not_know_yet_is_asked_of_the_drain(edge):
    one, gone = token(Kind.CLICK), token(Kind.CLICK)
    with closing(serve_links(edge.data_dir / "drain.sock", {one: "https://new.test/"}.get)):
        reply, dead = (told_in_time(edge, each) for each in (one, gone))

    assert (reply.status, reply.headers.get("location")) == (302, "https://new.test/")
    assert dead.status == 404
    assert [hit.token for hit in edge.hits() if hit.token in {one, gone}] == [one]


def told_in_time(edge, one):
    """What a click leads to; the page that tries again comes when the drain takes over 200 ms."""

    def told():
        reply = edge.get(f"/c/{one}")
        return None if reply.status == 503 else reply

    return wait_until(told, what="an answer of the drain in time")


def test_while_the_drain_is_away_the_page_tries_again_and_nothing_is_stored(edge):
    one = token(Kind.CLICK)

    reply = edge.get(f"/c/{one}")

    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert b'http-equiv="refresh"' in reply.body
    assert [hit for hit in edge.hits() if hit.token == one] == []


COOKIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("a rep's own click", "telltale_me={good}", {"self": OUR_USER}),
    ("among others", "a=b; telltale_me={good}; c=d", {"self": OUR_USER}),
    ("a forged one", "telltale_me={good}x", {}),
    ("one that is over", "telltale_me={old}", {}),
    ("another's cookie", "me={good}", {}),
)


@pytest.mark.req("R23")
@pytest.mark.parametrize(("why", "cookie", "headers"), COOKIES, ids=[row[0] for row in COOKIES])
def test_the_signed_cookie_tells_a_reps_own_click(edge, put_link, why, cookie, headers):
    key = selfcookie.key_of(SECRET)
    good = selfcookie.sign(key, OUR_USER, clock.now() + timedelta(days=400))
    old = selfcookie.sign(key, OUR_USER, clock.now() - timedelta(minutes=1))
    one = token(Kind.CLICK)
    put_link(one, "https://example.test/")

    edge.get(f"/c/{one}", "Cookie: " + cookie.format(good=good, old=old))

    assert [dict(hit.headers) for hit in edge.hits() if hit.token == one] == [headers], why


@pytest.mark.req("R71")
def test_looking_at_the_unsubscribe_page_changes_nothing(edge):
    one = token(Kind.UNSUBSCRIBE)

    reply = edge.get(f"/u/{one}")

    assert reply.status == 200
    assert b'value="unsubscribe"' in reply.body
    assert b'value="stop"' in reply.body
    assert [hit for hit in edge.hits() if hit.token == one] == []


FORM = "Content-Type: application/x-www-form-urlencoded"
CHOICES = (
    ("the first button", FORM, b"action=unsubscribe", 200, "unsubscribe"),
    ("the second button", FORM, b"action=stop", 200, "stop"),
    ("one-click", FORM, b"List-Unsubscribe=One-Click", 200, "unsubscribe"),
    ("no such choice", FORM, b"action=delete", 400, None),
    ("an empty form", FORM, b"a=b", 400, None),
    ("a form of 100 kB", FORM, b"a=" + b"b" * 100_000, 413, None),
)


@pytest.mark.req("R71")
@pytest.mark.parametrize(
    ("why", "headers", "body", "status", "action"), CHOICES, ids=[row[0] for row in CHOICES]
)
def test_a_choice_is_a_hit_that_carries_it(edge, why, headers, body, status, action):
    one = token(Kind.UNSUBSCRIBE)

    reply = edge.ask("POST", f"/u/{one}", headers, body)

    stored = [hit.headers.get("action") for hit in edge.hits() if hit.token == one]
    assert (reply.status, stored) == (status, [action] if action else []), why


def test_an_unsubscribe_page_that_is_not_ours_is_a_404(edge):
    assert edge.get("/u/" + "a" * 32).status == 404
    assert edge.ask("POST", "/u/" + "a" * 32, FORM, b"action=stop").status == 404


def test_the_host_says_whose_it_is_and_how_to_refuse(edge):
    page = edge.get("/").body.decode()

    for words in ("https://telltale.example.test", "recorded", "refuse"):
        assert words in page
    assert "track.example.test" not in page  # an organisation's own host leads here too


def test_figures_are_for_our_own_network(edge):
    inside = edge.get("/metrics")
    through_a_proxy = edge.get("/metrics", "X-Forwarded-For: 203.0.113.7")

    assert inside.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert through_a_proxy.status == 404


def test_tokens_that_are_not_ours_are_counted_and_never_reach_the_log(edge):
    rejected, commits = edge.figure("tokens_rejected_total"), edge.figure("hits_stored_total")

    for index in range(50):
        edge.get(f"/o/{index:a>32}.gif")

    assert edge.figure("tokens_rejected_total") == rejected + 50
    assert edge.figure("hits_stored_total") == commits


class Asker:
    """Keeps the answers to its requests."""

    def __init__(self):
        self.statuses = []

    def answer(self, _request, answer):
        self.statuses.append(answer.status)


def test_a_request_that_fails_costs_no_other_its_answer(tmp_path):
    asker = Asker()
    failing, sound = (
        Request(f"GET {path} HTTP/1.1\r\n\r\n".encode(), "no address", asker)
        for path in ("/metrics", "/healthz")
    )

    async def answer_both():
        edge = Edge(Settings(data_dir=tmp_path, secret=SECRET), None)
        edge.start()
        edge.answer([failing, sound])
        edge.stop()

    asyncio.run(answer_both())

    assert asker.statuses == [500, 200]

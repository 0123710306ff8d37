"""From a draft to the stamped mail: what changes, what stays, and what is remembered."""

import random
import re
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from backend import db
from backend.errors import Conflict, Invalid
from backend.mail.html_body import pixel_markup
from backend.models.mail import Stamp
from backend.models.people import Person
from backend.tracking import sending, stamping
from backend.tracking.drafts import Channel, Recipient, Stamped, StampedCopy, State
from backend.words import t
from tests.capture.counting import statements
from tests.mail.samples import NAMES, mail
from tests.world import CAROL, DANA, LEO, LINKED, NOON, World, hit, record

TOKEN = "[a-z2-7]{32}"
OURS = rf"http://127\.0\.0\.1:8001/[ocu]/{TOKEN}(?:\.gif)?"


def tokens(stamped: Stamped) -> list[str]:
    """Every token of ours in the answer's HTML, in its order."""
    html = stamped.html or "".join(copy.html or "" for copy in stamped.copies)
    return re.findall(rf"/[ocu]/({TOKEN})", html)


def count(table: str) -> int:
    """How many rows a table has."""
    ((rows,),) = db.rows(f"SELECT count(*) FROM {table}")
    return int(rows)


def pixel(stamped: Stamped | StampedCopy) -> str:
    """The markup of the answer's pixel."""
    return pixel_markup(stamped.pixel_url or "")


@pytest.mark.parametrize("sharing", ["private", "team", "org"])
def test_a_new_mail_is_seen_by_whom_the_policy_says_and_stays_so(
    world: World, sharing: str
) -> None:
    world.set_policy(sharing=sharing)
    world.stamp(compose_id="one")
    world.set_policy()

    assert world.message(world.stamp(compose_id="one")).visibility == sharing


@pytest.mark.req("R4", "R9")
def test_a_mail_gets_a_pixel_and_wrapped_links_that_lead_where_they_led(world: World) -> None:
    stamped = world.stamp()

    (link,) = stamped.links
    assert stamped.state is State.STAMPED
    assert stamped.html == (
        f'<html><body><p>Hello</p><a href="{link.tracked_url}">A</a>{pixel(stamped)}</body></html>'
    )
    assert (link.url, link.text, link.position) == ("https://example.com/a", "A", 0)
    assert db.rows("SELECT url FROM link_target") == [("https://example.com/a",)]
    assert stamped.pixel_url == f"http://127.0.0.1:8001/o/{world.open_token(stamped)}.gif"


def test_whom_a_mail_goes_to_is_written_behind_its_links(world: World) -> None:
    with statements() as sent:
        world.stamp()

    # PostgreSQL takes the links in meanwhile; on SQLite we are told of what is read alone.
    written = [sql.split()[2] for sql in sent if sql.startswith("INSERT")]
    assert written[-2:] == (["tracked_link", "participant"] if db.is_postgres() else [])


@pytest.mark.req("R6")
def test_nothing_but_hrefs_and_the_pixel_changes(world: World) -> None:
    for name in NAMES:
        html = mail(name)

        stamped = world.stamp(html=html)

        # How hrefs are written is proved character by character in the HTML room.
        back = (stamped.html or "").replace(pixel(stamped), "")
        assert without_hrefs(back) == without_hrefs(unstamped(world, html)), name


def unstamped(world: World, html: str) -> str:
    """The mail as it is left when nothing may be measured: our old pixels and links are out."""
    return world.stamp(html=html, opens=False, links=False).html or ""


def without_hrefs(html: str) -> str:
    """The mail without the values of its href attributes."""
    return re.sub(r"""(?i)href\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)""", "href", html)


@pytest.mark.req("R3")
@pytest.mark.parametrize("compose_id", ["draft-1", "ü" * 200])
def test_the_same_call_again_gives_the_same_answer(world: World, compose_id: str) -> None:
    first = world.stamp(compose_id=compose_id)

    again = world.stamp(compose_id=compose_id)

    assert again == first
    assert [count(table) for table in ("stamp", "stamp_copy", "tracked_link", "link_target")] == [
        1,
        1,
        1,
        1,
    ]


def test_without_a_compose_id_each_call_is_a_mail_of_its_own(world: World) -> None:
    one, other = world.stamp(), world.stamp()

    assert one.id != other.id
    assert not set(tokens(one)) & set(tokens(other))


def test_the_same_compose_id_of_another_user_is_another_mail(world: World) -> None:
    one = world.stamp(compose_id="draft-1")
    world.users["alice"] = world.users["bob"]

    other = world.stamp(compose_id="draft-1")

    assert one.id != other.id


@pytest.mark.parametrize("changes", [{}, {"per_recipient": True}], ids=["shared", "a copy each"])
def test_twenty_calls_at_once_make_one_stamp_and_one_set_of_tokens(
    world: World, changes: dict[str, object]
) -> None:
    together, answers = Barrier(20), []

    def call() -> None:
        together.wait()
        with db.connection():
            answers.append(world.stamp(CAROL, LEO, compose_id="draft-1", **changes))

    threads = [Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 20
    assert all(answer == answers[0] for answer in answers)
    assert count("stamp") == count("email_message") == 1
    assert count("tracked_link") == count("stamp_copy") == (2 if changes else 1)
    assert count("participant") == 3


def test_a_pixel_that_was_armed_stays_when_the_body_comes(world: World) -> None:
    armed = world.stamp(compose_id="draft-1", html=None)

    stamped = world.stamp(compose_id="draft-1")

    assert (armed.state, armed.html, armed.links) == (State.ARMED, None, ())
    assert (stamped.id, stamped.pixel_url) == (armed.id, armed.pixel_url)
    assert pixel(armed) in (stamped.html or "")


@pytest.mark.parametrize(
    ("why", "to", "named"),
    [
        ("others, too", (CAROL, LEO), None),
        ("another", (LEO,), "leo"),
        ("the same", (CAROL,), "carol"),
    ],
)
def test_a_hit_before_the_send_names_whom_the_draft_is_for_now(
    world: World, why: str, to: tuple[str, ...], named: str | None
) -> None:
    draft = world.stamp(CAROL, compose_id="one")
    record(*(hit(world.open_token(draft), reader=str(number)) for number in range(5)))
    before = {row["person_id"] for row in world.engagements(draft)}

    world.stamp(*to, compose_id="one")

    assert before == {world.people["carol"].id}
    whom = {row["person_id"] for row in world.engagements(draft)}
    assert whom == {world.people[named].id if named else None}, why


def test_links_added_later_leave_the_others_their_tokens(world: World) -> None:
    first = world.stamp(compose_id="draft-1")
    html = LINKED.replace("<p>", '<a href="https://example.com/new">New</a><p>').replace(
        "</body>", '<a href="https://example.com/a">A again</a></body>'
    )

    second = world.stamp(compose_id="draft-1", html=html)
    third = world.stamp(compose_id="draft-1", html=LINKED.replace(">A<", ">Another word<"))

    assert [link.url for link in second.links] == [
        "https://example.com/new",
        "https://example.com/a",
        "https://example.com/a",
    ]
    assert second.links[1].tracked_url == first.links[0].tracked_url
    assert len({link.tracked_url for link in second.links}) == 3
    assert third.links[0].tracked_url == first.links[0].tracked_url
    assert third.links[0].text == "Another word"
    assert [each.id for each in third.links] == [first.links[0].id]


@pytest.mark.parametrize("block", [False, True], ids=["without notice", "with notice"])
def test_our_own_output_is_taken_and_given_back_before_and_after_the_send(
    world: World, block: bool
) -> None:
    world.set_policy(notice="block" if block else "")
    for name in NAMES:
        first = world.stamp(compose_id=name, html=mail(name))

        before = world.stamp(compose_id=name, html=first.html)
        world.confirm(first, NOON)
        after = world.stamp(compose_id=name, html=first.html)
        original = world.stamp(compose_id=name, html=mail(name))

        assert before == after == original == first, name


def test_after_the_send_the_same_content_is_fine_and_other_content_is_not(world: World) -> None:
    html = "<a href=https://example.com/?a=1&b=2>x</a>"
    stamped = world.stamp(compose_id="draft-1", html=html)
    world.confirm(stamped, NOON)

    again = world.stamp(compose_id="draft-1", html=html)
    without_body = world.stamp(compose_id="draft-1", html=None)

    assert again == stamped
    assert without_body.pixel_url == stamped.pixel_url
    with pytest.raises(Conflict, match="compose_id"):
        world.stamp(compose_id="draft-1", html=html + "more")


@pytest.mark.parametrize("html", [LINKED, LINKED + "<p>More</p>"])
def test_a_mail_that_outlook_sends_again_never_left_before(world: World, html: str) -> None:
    first = world.stamp(CAROL, compose_id="one", channel=Channel.OUTLOOK)
    sending.confirm(Stamp.get_by_id(first.id), NOON, sending.Source.PROVISIONAL)
    record(hit(world.open_token(first)))  # the draft that came back shows its picture
    assert world.message(first).opens_total == 1

    again = world.stamp(LEO, CAROL, compose_id="one", channel=Channel.OUTLOOK, html=html)

    assert (again.id, again.pixel_url) == (first.id, first.pixel_url)
    message = world.message(first)
    assert (message.opens_total, message.sent_at, message.status) == (0, None, "draft")
    to = db.rows("SELECT address FROM participant WHERE role = 'to' ORDER BY position")
    assert to == [(LEO,), (CAROL,)]
    sending.confirm(Stamp.get_by_id(first.id), NOON, sending.Source.PROVISIONAL)
    assert world.message(first).opens_total == 1


@pytest.mark.parametrize(
    ("why", "channel", "source"),
    [
        ("the provider knows it", Channel.OUTLOOK, sending.Source.PROVIDER),
        ("the relay has sent it", Channel.OUTLOOK, sending.Source.RELAY),
        ("another program's ids may come again", Channel.API, sending.Source.SENDER),
    ],
)
def test_a_mail_that_is_known_to_be_sent_is_not_taken_back(
    world: World, why: str, channel: Channel, source: sending.Source
) -> None:
    first = world.stamp(compose_id="one", channel=channel)
    sending.confirm(Stamp.get_by_id(first.id), NOON, source)

    with pytest.raises(Conflict):
        world.stamp(compose_id="one", channel=channel, html=LINKED + "<p>More</p>")

    assert world.message(first).sent_at == NOON, why


def test_a_body_that_comes_after_an_armed_mail_was_sent_is_other_content(world: World) -> None:
    armed = world.stamp(compose_id="draft-1", html=None)
    world.confirm(armed, NOON)

    with pytest.raises(Conflict):
        world.stamp(compose_id="draft-1")


def test_once_sent_a_repeat_changes_neither_switches_nor_people(world: World) -> None:
    stamped = world.stamp(compose_id="draft-1")
    world.confirm(stamped, NOON)

    again = world.stamp(LEO, CAROL, compose_id="draft-1", opens=False)

    assert (again.html, again.pixel_url) == (stamped.html, stamped.pixel_url)
    assert db.rows("SELECT address FROM participant WHERE role = 'to'") == [(CAROL,)]
    assert db.rows("SELECT address FROM stamp_copy") == [(CAROL,)]


def test_once_sent_a_new_recipient_gets_no_copy_with_a_pixel(world: World) -> None:
    stamped = world.stamp(compose_id="draft-1", per_recipient=True)
    world.confirm(stamped, NOON)

    again = world.stamp(CAROL, LEO, compose_id="draft-1", per_recipient=True)

    assert [(copy.address, copy.html == LINKED) for copy in again.copies] == [
        (CAROL, False),
        (LEO, True),
    ]


@pytest.mark.req("R26")
def test_a_reply_that_quotes_a_stamped_mail_lets_it_rest(world: World) -> None:
    old = world.send()
    quote = f'<div class="gmail_quote"><blockquote>{old.html}</blockquote></div>'
    reply = f'<p>Thanks, see <a href="https://example.com/a">this</a></p>{quote}'

    stamped = world.stamp(html=reply)

    assert not set(tokens(old)) & set(tokens(stamped))
    assert len(stamped.links) == 1
    assert 'href="https://example.com/a">A</a>' in (stamped.html or "")
    assert (stamped.html or "").count("/o/") == 1


def test_a_link_whose_target_nobody_knows_is_left_as_it_is(world: World) -> None:
    from backend.tracking.facts import Kind

    unknown = world.host.url(Kind.CLICK, world.host.keys.make(Kind.CLICK, NOON))

    stamped = world.stamp(html=f'<a href="{unknown}">x</a>')

    assert stamped.links == ()
    assert unknown in (stamped.html or "")


@pytest.mark.req("R25")
def test_a_copy_each_has_a_pixel_and_links_of_its_own(world: World) -> None:
    stamped = world.stamp(CAROL, LEO, per_recipient=True)

    carols, leos = stamped.copies
    assert (stamped.html, stamped.pixel_url, stamped.links) == (None, None, ())
    assert (carols.address, leos.address) == (CAROL, LEO)
    assert carols.pixel_url != leos.pixel_url
    assert carols.links[0].tracked_url != leos.links[0].tracked_url
    assert [link.url for link in leos.links] == ["https://example.com/a"]
    assert pixel(leos) in (leos.html or "")


@pytest.mark.req("R74")
def test_among_own_copies_do_not_track_leaves_only_that_one(world: World) -> None:
    stamped = world.stamp(CAROL, DANA, per_recipient=True)

    carols, danas = stamped.copies
    assert (stamped.state, stamped.reason) == (State.STAMPED, "")
    assert (danas.html, danas.pixel_url, danas.links) == (LINKED, None, ())
    assert carols.pixel_url is not None
    assert [(each.decision, each.reason) for each in stamped.recipients] == [
        ("track", "allowed"),
        ("leave", "do_not_track"),
    ]


@pytest.mark.req("R74")
def test_one_do_not_track_leaves_a_shared_mail_untracked(world: World) -> None:
    armed = world.stamp(compose_id="draft-1", html=None)
    html = LINKED.replace("</body>", f"{pixel(armed)}</body>")

    stamped = world.stamp(CAROL, DANA, compose_id="draft-1", html=html)

    assert (stamped.state, stamped.reason) == (State.UNTRACKED, "do_not_track")
    assert (stamped.html, stamped.pixel_url, stamped.links) == (LINKED, None, ())


@pytest.mark.req("R74")
def test_with_nobody_to_measure_own_copies_are_untracked_too(world: World) -> None:
    stamped = world.stamp(DANA, per_recipient=True)

    assert (stamped.state, stamped.reason) == (State.UNTRACKED, "do_not_track")
    assert [(copy.address, copy.html) for copy in stamped.copies] == [(DANA, LINKED)]


@pytest.mark.req("R10")
@pytest.mark.parametrize(
    ("why", "changes", "has_pixel", "links", "reason"),
    [
        ("opens only", {"links": False}, True, 0, ""),
        ("links only", {"opens": False}, False, 1, ""),
        ("nothing", {"opens": False, "links": False}, False, 0, "switched_off"),
    ],
)
def test_each_switch_does_its_own_part(
    world: World, why: str, changes: dict[str, bool], has_pixel: bool, links: int, reason: str
) -> None:
    stamped = world.stamp(**changes)

    assert (stamped.pixel_url is not None) is has_pixel, why
    assert ("/o/" in (stamped.html or "")) is has_pixel
    assert (len(stamped.links), stamped.reason) == (links, reason)
    assert (stamped.html == LINKED) is (reason == "switched_off")


def test_a_mail_whose_tracking_is_switched_off_again_loses_what_we_put_in(world: World) -> None:
    world.set_policy(notice="block")
    stamped = world.stamp(compose_id="draft-1")

    off = world.stamp(compose_id="draft-1", html=stamped.html, opens=False, links=False)
    on = world.stamp(compose_id="draft-1", html=off.html)

    assert (off.html, off.reason) == (LINKED, "switched_off")
    assert on == stamped


@pytest.mark.req("R5", "R8")
@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("text/plain", "text_only"),
        ("text/plain; charset=utf-8", "text_only"),
        ("application/pkcs7-mime", "smime"),
        ("multipart/signed", "signed"),
        ("multipart/encrypted", "pgp"),
        ("text/calendar", "calendar"),
        ("text/x-amp-html", "amp"),
        ("message/rfc822", "rfc822"),
        ("application/octet-stream", "not_html"),
    ],
)
def test_a_body_that_must_not_be_touched_is_not(
    world: World, content_type: str, reason: str
) -> None:
    text = "Look at https://example.com/a <b>&</b> \r\n"

    stamped = world.stamp(html=text, content_type=content_type)

    assert (stamped.state, stamped.reason, stamped.html) == (State.UNTRACKED, reason, text)
    assert (stamped.pixel_url, stamped.links) == (None, ())
    assert count("stamp_copy") == 0


def test_an_encrypted_block_in_a_mail_is_not_touched(world: World) -> None:
    html = "<pre>-----BEGIN PGP MESSAGE-----\nhQEMA\n-----END PGP MESSAGE-----</pre>"

    assert world.stamp(html=html).html == html


@pytest.mark.req("R7")
def test_an_empty_body_gets_the_pixel_only(world: World) -> None:
    stamped = world.stamp(html="")

    assert stamped.state is State.STAMPED
    assert stamped.html == pixel(stamped)


def test_a_draft_without_recipients_is_stamped_and_names_nobody(world: World) -> None:
    alone = world.stamp(compose_id="draft-1", recipients=())
    before = db.rows("SELECT address FROM stamp_copy")

    known = world.stamp(compose_id="draft-1")
    more = world.stamp(CAROL, LEO, compose_id="draft-1")

    assert (alone.state, alone.recipients) == (State.STAMPED, ())
    assert before == [(None,)]
    assert known.html == more.html == alone.html
    assert db.rows("SELECT address FROM stamp_copy") == [(None,)]


def test_a_copy_each_for_nobody_is_no_mail_at_all(world: World) -> None:
    stamped = world.stamp(recipients=(), per_recipient=True)

    assert (stamped.html, stamped.pixel_url, stamped.copies) == (None, None, ())


def test_five_hundred_recipients_are_taken_and_one_more_is_not(world: World) -> None:
    everyone = [f"p{number}@example.com" for number in range(stamping.MAX_RECIPIENTS + 1)]

    stamped = world.stamp(*everyone[:-1], per_recipient=True)

    assert len({copy.pixel_url for copy in stamped.copies}) == stamping.MAX_RECIPIENTS
    assert count("link_target") == stamping.MAX_RECIPIENTS
    with pytest.raises(Invalid, match="split"):
        world.stamp(*everyone, per_recipient=True)


@pytest.mark.parametrize(
    ("why", "html"),
    [
        ("too many links", '<a href="https://example.com/">x</a>' * 26_000),
        ("too many characters", "x" * 26_000_000),
    ],
)
def test_copies_beyond_all_measure_are_refused_and_leave_nothing(
    world: World, why: str, html: str
) -> None:
    with pytest.raises(Invalid, match="split"):
        world.stamp(CAROL, LEO, per_recipient=True, html=html)

    assert count("stamp") == count("email_message") == 0, why


@pytest.mark.req("R75")
@pytest.mark.parametrize(
    ("why", "changes"),
    [("shared", {}), ("a copy each", {"per_recipient": True}), ("links only", {"opens": False})],
)
def test_the_notice_leads_to_the_copys_own_page_and_stands_once(
    world: World, why: str, changes: dict[str, bool]
) -> None:
    world.set_policy(notice="block")
    first = world.stamp(compose_id="draft-1", **changes)
    html = first.html or first.copies[0].html or ""
    ((page,),) = db.rows("SELECT unsubscribe_token FROM stamp_copy")

    again = world.stamp(compose_id="draft-1", **{**changes, "html": html})

    assert again == first, why
    assert html.count(t("edge.notice_sentence")) == 1
    assert f"/u/{page}" in html


def test_the_notice_is_in_the_language_that_the_sender_chose(world: World) -> None:
    world.set_policy(notice="block")
    world.users["alice"].preferences = {"language": "de"}

    html = world.stamp().html or ""

    assert '<div lang="de"' in html
    assert t("edge.notice_sentence", "de") in html
    assert t("edge.notice_link", "de") in html


@pytest.mark.parametrize(
    ("why", "policy", "changes"),
    [
        ("nothing is stated yet", {}, {}),
        ("it stands in the signature", {"notice": "signature"}, {}),
        ("nothing is measured", {"notice": "block"}, {"opens": False, "links": False}),
        ("no link to measure", {"notice": "block"}, {"opens": False, "html": "<p>Hi</p>"}),
    ],
)
def test_no_notice_is_added(
    world: World, why: str, policy: dict[str, str], changes: dict[str, object]
) -> None:
    world.set_policy(**policy)

    assert t("edge.notice_sentence") not in (world.stamp(**changes).html or ""), why


def test_with_the_aggregate_preset_everybody_gets_the_same_copy(world: World) -> None:
    world.set_policy(preset="aggregate")

    stamped = world.stamp(CAROL, LEO, per_recipient=True)

    carols, leos = stamped.copies
    assert carols == replace(leos, address=CAROL)
    assert carols.html == stamped.html
    assert db.rows("SELECT address FROM stamp_copy") == [(None,)]


def test_a_private_host_is_wrapped_only_where_it_is_named(world: World) -> None:
    html = '<a href="http://127.0.0.1:8000/x">x</a>'
    left = world.stamp(html=html)
    world.host = replace(world.host, local_hosts=frozenset({"127.0.0.1:8000"}))

    wrapped = world.stamp(html=html)

    assert left.links == ()
    assert [link.url for link in wrapped.links] == ["http://127.0.0.1:8000/x"]


def test_domains_the_organisation_leaves_alone_are_left(world: World) -> None:
    world.set_policy(left_link_domains=["example.com"])

    assert world.stamp().links == ()


def test_a_stopped_draft_is_not_stamped_again(world: World) -> None:
    stamped = world.stamp(compose_id="draft-1")
    sending.stop(Stamp.get_by_id(stamped.id))

    again = world.stamp(compose_id="draft-1", html=stamped.html)

    assert (again.state, again.reason, again.html) == (State.UNTRACKED, "stopped", LINKED)


def test_a_mail_that_was_untracked_can_be_tracked_when_the_reason_is_gone(world: World) -> None:
    before = world.stamp(DANA, compose_id="draft-1")
    Person.update(do_not_track=False).where(Person.id == world.people["dana"].id).execute()

    after = world.stamp(DANA, compose_id="draft-1")

    assert (before.state, after.state) == (State.UNTRACKED, State.STAMPED)
    assert Stamp.get_by_id(after.id).reason == ""


def test_the_body_is_nowhere_in_the_database(world: World) -> None:
    world.stamp(html="<p>the secret of the mail</p>")

    tables = db.database.get_tables()
    assert {"stamp", "stamp_copy", "email_message"} <= set(tables)
    for table in tables:
        assert "secret of the mail" not in str(db.rows(f'SELECT * FROM "{table}"')), table


def test_recipients_are_recorded_with_what_was_decided(world: World) -> None:
    recipients = (Recipient("to", CAROL, "Carol"), Recipient("bcc", LEO))

    world.stamp(recipients=recipients)

    assert db.rows("SELECT role, address, name, reason FROM participant ORDER BY position") == [
        ("from", "alice@ours.test", "", ""),
        ("to", CAROL, "Carol", "allowed"),
        ("bcc", LEO, "", "consent_given"),
    ]


HOSTILE = (
    '<a href="https://e.test/">x\0y</a>',
    '<a href="https://e.test/">x\ud800y</a>',
    '<a href="https://e.test/\0">x</a>',
    '<a href="https://e.test/\ud800">x</a>',
    '<a href="https://user:pw@e.test/">x</a>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="https://' + "e" * 300 + '.test/">x</a>',
    '<a href="https://e.test/' + "x" * 7_900 + '">x</a>',
    '<a href="https://e.test/' + "x" * 100_000 + '">x</a>',
    "<a href='https://e.test/",
    "<" * 5_000,
    "<!--[if mso]>" * 500,
    "&#xD800;&#0;<a href=&#104;ttps://e.test/&#0;>x</a>",
)


@pytest.mark.parametrize("html", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_html_is_stamped_or_left_and_never_fails(world: World, html: str) -> None:
    first = world.stamp(compose_id="draft-1", html=html)

    assert world.stamp(compose_id="draft-1", html=first.html) == first


def test_random_html_is_stamped_the_same_twice(world: World) -> None:
    seed = random.Random(5)
    parts = ["<a href=", "'", '"', ">", "</a>", "https://e.test/", "&amp;", "&copy=1", "<!--",
             "-->", "<blockquote>", "</blockquote>", "<div class=gmail_quote>", "</body>", "\0",
             "\ud83d", " ", "x", "<img src=", "=", "<style>", "{{", "\r\n"]  # fmt: skip

    for number in range(60):
        html = "".join(seed.choices(parts, k=40))
        first = world.stamp(compose_id=f"draft-{number}", html=html)
        assert world.stamp(compose_id=f"draft-{number}", html=first.html) == first, html

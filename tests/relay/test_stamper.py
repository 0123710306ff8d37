"""Which mail is stamped on its way, and which goes on as it came."""

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backend import clock
from backend.mail.html_body import pixel_markup
from backend.models.mail import Stamp, StampCopy
from backend.models.senders import AutomatedSender
from backend.relay.stamper import normal
from backend.tracking.drafts import Channel
from backend.tracking.stamping import MAX_CHARACTERS, MAX_RECIPIENTS
from tests.mail.mails import LEFT, OUTCOMES, READABLE, whole_mail
from tests.relay.letters import below, html_of, letter, parts, stamps, tokens, unmarked
from tests.world import CAROL, DANA, LEO


@pytest.mark.req("R12")
def test_a_users_mail_is_stamped_and_its_send_confirmed(send, smarthost, world):
    assert send(letter()) == {}

    (mail,) = smarthost.taken
    assert [kind for kind, _ in tokens(mail.content)] == ["c", "o"]
    assert (mail.mail_from, mail.recipients) == ("alice@ours.test", (CAROL,))
    assert stamps() == [("sent", "", "relay", "<one@ours.test>")]
    assert b"https://example.com" not in mail.content


@pytest.mark.req("R12", "R6")
def test_of_every_mail_only_the_html_part_changes(send, smarthost):
    for name in READABLE:
        raw = whole_mail(name)

        send(raw)

        sent = unmarked(smarthost.taken[-1].content)
        before, after = parts(raw), parts(sent)
        changed = [
            new.get_content_type()
            for old, new in zip(before, after, strict=True)
            if not old.is_multipart() and old.get_payload() != new.get_payload()
        ]
        assert changed == ["text/html"], name
        assert [part.items() for part in after] == [part.items() for part in before]
        assert sent.count(b"/o/") == 1 or b"base64" in sent, name


@pytest.mark.req("R8")
def test_mail_that_must_not_be_changed_goes_on_byte_for_byte(send, smarthost):
    for name in LEFT:
        send(whole_mail(name))

        assert below(smarthost.taken[-1].content) == whole_mail(name), name
    # Where even the headers leave room for doubt nobody can say whose mail it is.
    known = sorted(OUTCOMES[name] for name in LEFT if name != "left_two_types")
    assert sorted(reason for _, reason, _, _ in stamps()) == known
    assert {source for _, _, source, _ in stamps()} == {"relay"}


@pytest.mark.parametrize(
    ("why", "body", "mail_from", "writer"),
    [
        ("nobody's address", "", "mallory@evil.test", b"mallory@evil.test"),
        (
            "with a marker in it",
            '<img src="http://127.0.0.1:8001/m/x.gif">',
            "x@y.test",
            b"x@y.test",
        ),
        ("a notice without sender", "", "", b"postmaster@evil.test"),
    ],
)
def test_mail_of_unknown_senders_goes_on_byte_for_byte(
    send, smarthost, why, body, mail_from, writer
):
    raw = letter(body).replace(b"alice@ours.test", writer)

    send(raw, mail_from=mail_from)

    assert below(smarthost.taken[0].content) == raw, why
    assert smarthost.taken[0].mail_from in {mail_from, "<>"}
    assert stamps() == []


def test_the_envelope_tells_who_sends_where_from_does_not(send, smarthost):
    send(letter().replace(b"Alice <alice@ours.test>", b"a@shared.test, b@shared.test"))

    assert tokens(smarthost.taken[0].content)


@pytest.mark.req("R10", "R11")
def test_nothing_is_measured_where_the_rep_has_switched_both_off(send, smarthost, world):
    world.alice.preferences = {"opens": False, "links": False}
    world.alice.save()

    send(letter())

    assert below(smarthost.taken[0].content) == letter()
    assert stamps() == [("untracked", "switched_off", "relay", "<one@ours.test>")]


def test_links_are_wrapped_without_a_pixel_where_only_they_are_on(send, smarthost, world):
    world.alice.preferences = {"opens": False, "links": True}
    world.alice.save()

    send(letter())

    assert [kind for kind, _ in tokens(smarthost.taken[0].content)] == ["c"]


@pytest.mark.req("R4", "R25")
def test_each_recipient_gets_a_copy_of_her_own_where_the_policy_says_so(send, smarthost, world):
    world.set_policy(relay_copies=True)
    to = f"{CAROL}, {LEO}"

    send(letter(to=to), CAROL, LEO, "bcc@else.test")

    assert smarthost.recipients() == [(CAROL,), (LEO,), ("bcc@else.test",)]
    pixels = [dict(tokens(mail.content))["o"] for mail in smarthost.taken]
    owners = {row.pixel_token: row.address for row in StampCopy.select()}
    assert [owners[pixel] for pixel in pixels] == [CAROL, LEO, "bcc@else.test"]
    heads = {mail.content.partition(b"\r\n\r\n")[0] for mail in smarthost.taken}
    assert len(heads) == 1
    assert len(stamps()) == 1


def test_a_mail_too_large_for_a_copy_each_is_stamped_once_for_all(send, smarthost, world):
    world.set_policy(relay_copies=True)
    many = [f"p{number}@else.test" for number in range(60)]

    send(letter(f"{'x' * 98}\r\n" * (MAX_CHARACTERS // 50 // 100)), *many)

    (mail,) = smarthost.taken
    assert (len(mail.recipients), [kind for kind, _ in tokens(mail.content)]) == (60, ["o"])
    assert [state for state, *_ in stamps()] == ["sent"]


@pytest.mark.req("R74")
def test_with_copies_only_who_refused_is_left_out(send, smarthost, world):
    world.set_policy(relay_copies=True)

    send(letter(to=f"{CAROL}, {DANA}"), CAROL, DANA)

    stamped, left = smarthost.taken
    assert (stamped.recipients, left.recipients) == ((CAROL,), (DANA,))
    assert tokens(stamped.content)
    assert below(left.content) == letter(to=f"{CAROL}, {DANA}")


@pytest.mark.req("R74")
@pytest.mark.parametrize(
    ("why", "policy", "left"),
    [
        ("who has not agreed where that is asked", {"preset": "strict"}, CAROL),
        ("who has not agreed at a domain that asks", {"asked_domains": ["northwind.test"]}, CAROL),
        ("a domain that is left out", {"left_domains": ["northwind.test"]}, CAROL),
        ("a kind that is left out", {"left_kinds": ["lead"]}, LEO),
    ],
)
def test_policy_and_consent_hold_for_each_recipient(send, smarthost, world, why, policy, left):
    world.set_policy(relay_copies=True, **policy)
    raw = letter(to=f"{CAROL}, {LEO}")

    send(raw, CAROL, LEO)

    sent = {mail.recipients: below(mail.content) for mail in smarthost.taken}
    (measured,) = {CAROL, LEO} - {left}
    assert sent[(left,)] == raw, why
    assert [kind for kind, _ in tokens(sent[(measured,)])] == ["c", "o"], why


@pytest.mark.req("R74")
def test_a_shared_copy_is_left_where_one_of_its_readers_refused(send, smarthost):
    send(letter(to=f"{CAROL}, {DANA}"), CAROL)  # dana's host gets it in an envelope of its own

    assert below(smarthost.taken[0].content) == letter(to=f"{CAROL}, {DANA}")
    assert stamps()[0][:2] == ("untracked", "do_not_track")


@pytest.mark.req("R74")
def test_who_refused_gets_no_picture_of_a_shared_mail_that_went_to_others_before(send, smarthost):
    send(letter(), CAROL)
    send(letter(), DANA)  # in blind copy, so its first envelope did not name her

    first, second = smarthost.taken
    assert tokens(first.content)
    assert below(second.content) == letter()


@pytest.mark.req("R74")
def test_nobody_beyond_those_who_were_judged_gets_a_picture(send, smarthost):
    others = [f"p{number}@else.test" for number in range(MAX_RECIPIENTS)]
    send(letter(), *others)
    send(letter(), DANA)

    first, second = smarthost.taken
    assert (len(first.recipients), second.recipients) == (MAX_RECIPIENTS, (DANA,))
    assert tokens(first.content)
    assert below(second.content) == letter()


@pytest.mark.req("R74")
def test_who_refused_later_gets_no_marker_of_the_draft_either(send, smarthost, world):
    marker = image("m", draft(world).marker_token)
    send(letter(marker), CAROL)
    send(letter(marker), DANA)

    assert [kind for kind, _ in tokens(smarthost.taken[0].content)] == ["o"]
    assert unmarked(smarthost.taken[1].content) == letter("")


def draft(world, **changes):
    """A draft of alice's that the Gmail add-on has armed; its stamp's copy."""
    values = {"channel": Channel.GMAIL, "html": None, "compose_id": "draft 1"} | changes
    stamped = world.stamp(**values)
    return StampCopy.get(StampCopy.stamp_id == stamped.id)


def image(kind: str, token: str) -> str:
    return f'<img src="http://127.0.0.1:8001/{kind}/{token}.gif" width="1" height="1" alt="">'


@pytest.mark.req("R2", "R23")
def test_an_armed_marker_becomes_the_counting_pixel(send, smarthost, world):
    copy = draft(world)

    send(letter(image("m", copy.marker_token) + '<a href="https://example.com/a">A</a>'))

    found = tokens(smarthost.taken[0].content)
    assert ("o", copy.pixel_token) in found
    assert [kind for kind, _ in found] == ["c", "o"]
    assert stamps() == [("sent", "", "relay", "<one@ours.test>")]


def test_a_draft_that_carries_the_pixel_itself_keeps_it(send, smarthost, world):
    copy = draft(world)

    send(letter(image("o", copy.pixel_token)))

    assert tokens(smarthost.taken[0].content) == [("o", copy.pixel_token)]


@pytest.mark.req("R2")
def test_a_disarmed_marker_goes_and_nothing_is_measured(send, smarthost, world):
    copy = draft(world)
    Stamp.update(state="disarmed").where(Stamp.id == copy.stamp_id).execute()

    send(letter(image("m", copy.marker_token)))

    assert html_of(smarthost.taken[0].content) == "<p>Hello</p>\r\n"
    assert stamps() == [("untracked", "switched_off", "relay", "<one@ours.test>")]


@pytest.mark.parametrize(
    ("why", "kind", "of_token"),
    [
        ("of no key of ours", "m", lambda token: "a" * 32),
        ("of another kind", "m", lambda token: token.pixel_token),
        ("no token at all", "o", lambda token: "you-are-tracked"),
    ],
)
def test_a_forged_picture_goes(send, smarthost, world, why, kind, of_token):
    copy = draft(world, compose_id="other")

    send(letter(image(kind, of_token(copy))))

    assert smarthost.taken[0].content.count(b"<img") == 1, why
    assert ("o", copy.pixel_token) not in tokens(smarthost.taken[0].content)


def test_somebody_elses_marker_goes_and_her_draft_stays_as_it_was(send, smarthost, world):
    copy = draft(world)
    raw = letter(image("m", copy.marker_token)).replace(b"alice@", b"bob@")
    world.users["bob"].preferences = {"opens": True, "links": True}
    world.users["bob"].save()

    send(raw, mail_from="bob@ours.test")

    assert copy.pixel_token not in smarthost.taken[0].content.decode()
    assert b"/m/" not in smarthost.taken[0].content
    assert sorted(state for state, *_ in stamps()) == ["armed", "sent"]


def test_several_markers_of_one_mail_are_one_stamp(send, smarthost, world):
    first, second = draft(world), draft(world, compose_id="draft 2")
    markers = image("m", second.marker_token) + image("m", first.marker_token)

    send(letter(markers))

    assert tokens(smarthost.taken[0].content) == [("o", first.pixel_token)]
    assert [state for state, *_ in stamps()] == ["sent"]
    assert {row.stamp_id for row in StampCopy.select()} == {first.stamp_id}


def test_a_quoted_picture_of_a_mail_sent_before_goes_and_counts_for_nothing(send, smarthost, world):
    old = world.send(CAROL)
    pixel = pixel_markup(old.pixel_url)

    send(letter(f'<div class="gmail_quote"><blockquote>{pixel}</blockquote></div>'))

    assert old.pixel_url.encode() not in smarthost.taken[0].content
    assert len(stamps()) == 2


def test_what_outlook_has_stamped_goes_on_as_it_is_and_is_confirmed(send, smarthost, world):
    stamped = world.stamp(channel=Channel.OUTLOOK, compose_id="outlook 1")
    raw = letter(stamped.html)

    send(raw)

    assert below(smarthost.taken[0].content) == raw
    assert stamps() == [("sent", "", "relay", "<one@ours.test>")]


@pytest.mark.parametrize("channel", [Channel.API, Channel.GMAIL])
def test_a_mail_whose_sender_has_said_already_that_it_is_sent_is_one_stamp(
    send, smarthost, world, channel
):
    stamped = world.send(channel=channel, compose_id="sent by us", at=clock.now())

    send(letter(stamped.html))

    assert tokens(smarthost.taken[0].content) == tokens(letter(stamped.html))
    assert stamps() == [("sent", "", "relay", "<one@ours.test>")]

    send(letter(stamped.html, message_id="copied from it"))

    assert tokens(smarthost.taken[1].content) != tokens(letter(stamped.html))
    assert len(stamps()) == 2


def test_the_copies_that_a_program_has_stamped_itself_go_on_as_they_are(send, smarthost, world):
    stamped = world.stamp(CAROL, LEO, per_recipient=True, compose_id="sent by a program")
    raw = {each.address: letter(each.html, message_id=each.address) for each in stamped.copies}

    for address, mail in raw.items():
        send(mail, address)

    assert [below(mail.content) for mail in smarthost.taken] == list(raw.values())
    assert len(stamps()) == 1


def test_a_mail_that_comes_back_is_not_stamped_again(send, smarthost):
    send(letter())
    stamped = smarthost.taken[0].content

    send(stamped)

    assert below(smarthost.taken[1].content) == stamped
    assert len(stamps()) == 1


def test_a_foreign_mark_does_not_keep_a_mail_from_being_stamped(send, smarthost):
    send(b"X-Telltale-Relay: 0123456789abcdef0123456789abcdef\r\n" + letter())

    assert tokens(smarthost.taken[0].content)


def test_a_mail_that_comes_again_for_other_recipients_is_one_stamp(send, smarthost, world):
    world.set_policy(relay_copies=True)

    send(letter(), CAROL)
    send(letter(), "bcc@else.test")

    assert len(stamps()) == 1
    assert len({dict(tokens(mail.content))["o"] for mail in smarthost.taken}) == 2


def test_a_shared_picture_names_nobody_once_the_mail_went_to_a_second_reader(send, smarthost):
    send(letter(), CAROL)
    send(letter(), "bcc@else.test")

    assert [row.address for row in StampCopy.select()] == [None]
    first, second = (tokens(mail.content) for mail in smarthost.taken)
    assert first == second


@pytest.mark.req("R13")
def test_a_registered_program_has_switches_of_its_own(send, smarthost, world):
    AutomatedSender.create(
        org_id=world.alice.org_id,
        user_id=world.users["mika"].id,
        address="alerts@ours.test",
        name="Alerts",
        opens=True,
        links=False,
        per_recipient=True,
    )
    raw = b"Auto-Submitted: auto-generated\r\n" + letter().replace(b"alice@", b"alerts@")

    send(raw, CAROL, LEO, mail_from="bounce+17@crm.test")

    assert smarthost.recipients() == [(CAROL,), (LEO,)]
    assert [kind for kind, _ in tokens(smarthost.taken[0].content)] == ["o"]


def test_a_paused_program_is_an_unknown_sender(send, smarthost, world):
    AutomatedSender.create(
        org_id=world.alice.org_id,
        user_id=world.alice.id,
        address="alerts@ours.test",
        name="",
        opens=True,
        links=True,
        per_recipient=True,
        is_paused=True,
    )
    raw = letter().replace(b"alice@", b"alerts@")

    send(raw, mail_from="alerts@ours.test")

    assert below(smarthost.taken[0].content) == raw


def test_an_automatic_reply_of_a_user_goes_on_as_it_came(send, smarthost):
    raw = b"Auto-Submitted: auto-replied (vacation)\r\n" + letter()

    send(raw)

    assert below(smarthost.taken[0].content) == raw


@pytest.fixture(scope="module")
def signing():
    """A DKIM key: what signs, and the DNS that knows it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.split(b"\n")[1:-2])
    return private, lambda *_name, **_options: record


def signed(raw: bytes, private: bytes) -> bytes:
    return dkim.sign(raw, b"s1", b"ours.test", private) + raw


def test_a_signed_mail_is_left_and_still_verifies_where_the_policy_says_so(
    send, smarthost, world, signing
):
    private, dns = signing
    world.set_policy(relay_keeps_dkim=True)
    raw = signed(letter(), private)

    send(raw)

    assert below(smarthost.taken[0].content) == raw
    assert dkim.verify(smarthost.taken[0].content, dnsfunc=dns)
    assert stamps()[0][:2] == ("untracked", "dkim_signed")


def test_a_signature_over_the_traces_of_others_holds_below_ours(send, smarthost, world, signing):
    private, dns = signing
    world.set_policy(relay_keeps_dkim=True)
    raw = b"Received: from phone.test by ours.test; x\r\n" + letter()
    signer = dkim.DKIM(raw)
    signer.should_not_sign.discard(b"received")  # RFC 6376 leaves it out, and not everybody does
    over = [b"from", b"subject", b"received"]
    signature = signer.sign(b"s1", b"ours.test", private, include_headers=over)

    send(signature + raw)

    sent = smarthost.taken[0].content
    assert below(sent) == signature + raw
    assert b"received" in signature
    assert dkim.verify(sent, dnsfunc=dns)


def test_a_stamped_mail_no_longer_verifies_until_it_is_signed_anew(send, smarthost, signing):
    private, dns = signing

    send(signed(letter(), private))

    stamped = smarthost.taken[0].content
    assert not dkim.verify(stamped, dnsfunc=dns)
    assert dkim.verify(signed(stamped, private), dnsfunc=dns)


def test_what_the_charset_does_not_hold_is_left_and_said(send, smarthost, world):
    world.set_policy(notice="block")
    raw = letter().replace(b"utf-8", b"us-ascii").replace(b"<p>Hello</p>", b"<p>" + b"x" * 990)

    send(raw)

    assert below(smarthost.taken[0].content) == raw
    assert stamps()[0][:2] == ("untracked", "charset")


@pytest.mark.parametrize(
    ("address", "kept"),
    [("Carol@Northwind.TEST", CAROL), ("no\x01 address", "no address")],
)
def test_an_envelopes_address_is_kept_as_peoples_are(address, kept):
    assert normal(address) == kept

"""The playground's pages: a mail is written, stamped by the API, sent by SMTP, and opened."""

import re
import shutil
import smtplib

import pytest

from backend.models.access import issue_signin_link
from backend.models.mail import EmailMessage, Stamp
from backend.models.org import ApiToken
from playground import letters
from playground.inboxes import Inboxes
from tests.world import CAROL, DANA, LEO, bearer

HTML = '<p>Hi</p><a href="https://example.com/a">A</a>'
FORM = {"to": f"Carol <{CAROL}>; {LEO}", "subject": "Offer", "body": HTML, "format": "html"}
ALL_ON = {"opens": "on", "links": "on", "per_recipient": "on"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def inboxes(settings):
    shutil.rmtree(settings.data_dir / "playground", ignore_errors=True)
    return Inboxes.of(settings)


@pytest.fixture
def alice(client, world, inboxes):
    """A browser in which alice is signed in; `post` sends the form with her token."""
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    token = re.search(r'name="csrf_token" value="(\w+)"', client.get("/playground").text)
    assert token is not None

    def send(**changes):
        form = {name: value for name, value in {**FORM, **ALL_ON, **changes}.items() if value}
        return client.post("/playground/send", data={**form, "csrf_token": token[1]})

    client.send_mail = send
    return client


def letter_of(inboxes, address):
    (mail_id,) = inboxes.mails(address)
    return letters.parse(inboxes.open(mail_id))


@pytest.mark.req("R12", "R4")
def test_each_recipient_gets_a_stamped_copy_of_her_own(alice, inboxes, settings, world):
    response = alice.send_mail()

    assert response.status_code == 303
    stamp = Stamp.get(Stamp.user_id == world.alice.id)
    assert response.location.endswith(f"?sent={stamp.id}")
    carols, leos = letter_of(inboxes, CAROL), letter_of(inboxes, LEO)
    tracked = re.compile(re.escape(settings.tracking_url) + r"/[oc]/[a-z2-7]{32}")
    assert len(tracked.findall(carols.html)) == 2
    assert set(tracked.findall(carols.html)) & set(tracked.findall(leos.html)) == set()
    assert carols.header("Message-ID") == leos.header("Message-ID")
    assert carols.header("To") == f"Carol <{CAROL}>, {LEO}"


@pytest.mark.req("R29")
def test_an_accepted_mail_is_confirmed_with_its_message_id(alice, inboxes):
    alice.send_mail()

    stamp = Stamp.get()
    message = EmailMessage.get_by_id(stamp.message_id)
    assert (stamp.state, stamp.sent_at is not None) == ("sent", True)
    assert message.internet_message_id == letter_of(inboxes, CAROL).header("Message-ID")


def test_the_token_of_a_send_is_gone_after_it(alice, world):
    alice.send_mail()

    assert ApiToken.select().where(ApiToken.user_id == world.alice.id).count() == 0


def test_one_copy_for_all_when_asked_for(alice, inboxes):
    alice.send_mail(per_recipient=None, cc=DANA.replace("dana", "new"))

    assert letter_of(inboxes, CAROL).html == letter_of(inboxes, LEO).html
    assert len(inboxes.all()) == 3
    assert Stamp.get().is_per_recipient is False


@pytest.mark.req("R8", "R10", "R74")
@pytest.mark.parametrize(
    ("why", "changes", "words"),
    [
        ("plain text", {"format": "text"}, "A plain text mail has no place"),
        ("Do Not Track", {"to": DANA}, "Do Not Track is set for this person."),
        ("switched off", {"opens": None, "links": None}, "switched off"),
    ],
)
def test_what_stays_untracked_is_sent_and_says_why(alice, inboxes, why, changes, words):
    response = alice.send_mail(**changes)

    told = alice.get(response.location).text
    assert "Sent untracked" in told, why
    assert words in told, why
    (inbox, *_) = inboxes.all()
    body = letter_of(inboxes, inbox.address)
    assert (body.html or body.text).strip() == HTML, why


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("nobody to write to", {"to": " ,;"}),
        ("no address", {"to": "nonsense"}),
        ("no address that can stand in a mail", {"to": "a b c@@d"}),
        ("a line break in the subject", {"subject": "a\r\nBcc: mallory@theirs.test"}),
        ("a line break in an address", {"to": "a@x.test\r\nDATA"}),
        ("too many", {"to": ", ".join(f"a{n}@x.test" for n in range(101))}),
        ("too long a body", {"body": "x" * 1_000_001}),
        ("NUL", {"subject": "a\0b"}),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_goes_out(alice, inboxes, why, changes):
    response = alice.send_mail(**changes)

    assert response.status_code == 422, why
    assert 'role="alert"' in response.text, why
    assert "Not sent." in response.text, why
    assert inboxes.all() == [], why


def test_what_was_written_stays_in_the_form_after_a_fault(alice):
    shown = alice.send_mail(to="nonsense", subject=HOSTILE, links=None).text

    assert "&lt;script&gt;alert(1)" in shown
    assert HOSTILE not in shown
    assert 'name="opens" checked' in shown
    assert 'name="links" checked' not in shown


def test_a_forged_form_sends_nothing(alice, inboxes):
    response = alice.post("/playground/send", data=FORM)

    assert response.status_code == 403
    assert inboxes.all() == []


@pytest.mark.parametrize("path", ["", "/inbox/a@x.test", "/mail/x", "/mail/x/body"])
def test_the_playground_is_for_the_signed_in(client, path):
    response = client.get(f"/playground{path}")

    assert (response.status_code, response.location) == (303, "/signin")


def test_inboxes_and_their_mails_are_listed(alice):
    alice.send_mail(subject="First")
    alice.send_mail(subject="Second", to=CAROL)

    desk, inbox = alice.get("/playground").text, alice.get(f"/playground/inbox/{CAROL}").text

    assert f'href="/playground/inbox/{CAROL}"' in desk
    assert "2 mails" in desk
    assert inbox.index("Second") < inbox.index("First")
    assert alice.get("/playground/inbox/nobody@x.test").status_code == 404


def test_the_pictures_of_a_mail_are_shown_or_hidden(alice, inboxes, settings):
    alice.send_mail()
    (mail_id,) = inboxes.mails(CAROL)

    page = alice.get(f"/playground/mail/{mail_id}").text
    shown = alice.get(f"/playground/mail/{mail_id}/body")
    hidden = alice.get(f"/playground/mail/{mail_id}/body?images=off")

    assert f'src="/playground/mail/{mail_id}/body"' in page
    assert f"img-src {settings.tracking_url} data:;" in policy(shown)
    assert "img-src data:;" in policy(hidden)


def policy(response):
    return response.headers["Content-Security-Policy"]


def test_a_mails_html_gets_no_scripts_no_forms_and_no_origin(alice, inboxes, settings):
    mail = f"Subject: {HOSTILE}\r\nContent-Type: text/html\r\n\r\n{HOSTILE}<form action=/signout>"
    with smtplib.SMTP("127.0.0.1", settings.smtp_port) as smtp:
        smtp.sendmail("mallory@theirs.test", [CAROL], mail)
    (mail_id,) = inboxes.mails(CAROL)

    body = alice.get(f"/playground/mail/{mail_id}/body")
    page = alice.get(f"/playground/mail/{mail_id}")

    assert "default-src 'none'" in policy(body)
    assert "form-action 'none'" in policy(body)
    assert "script-src" not in policy(body)
    assert policy(body).endswith("; sandbox allow-popups allow-popups-to-escape-sandbox")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert HOSTILE not in page.text
    for path in ("", f"/inbox/{CAROL}"):
        assert HOSTILE not in alice.get(f"/playground{path}").text


def test_a_text_mail_is_shown_as_text(alice, inboxes):
    alice.send_mail(format="text", body=HOSTILE)
    (mail_id,) = inboxes.mails(CAROL)

    page = alice.get(f"/playground/mail/{mail_id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<iframe" not in page
    assert alice.get(f"/playground/mail/{mail_id}/body").status_code == 404


@pytest.mark.parametrize("mail_id", ["x", "0" * 69, "%2e%2e%2fsecret.key", "a" * 5_000])
def test_a_mail_that_is_none_is_not_found(alice, mail_id):
    assert alice.get(f"/playground/mail/{mail_id}").status_code == 404
    assert alice.get(f"/playground/mail/{mail_id}/body").status_code == 404


def test_only_a_mail_one_may_see_is_told_of(alice, client, world):
    stamp_id = alice.send_mail().location.partition("=")[2]

    told = alice.get(f"/playground?sent={stamp_id}").text
    foreign = bearer(world.users["mallory"])
    fresh = client.application.test_client()

    assert "<b>Sent:</b>" in told
    assert "<b>Sent:</b>" not in alice.get("/playground?sent=%00").text
    other = fresh.get(f"/playground?sent={stamp_id}", headers=foreign).text
    assert "<b>Sent:</b>" not in other


def test_the_links_of_the_samples_arrive(client):
    assert "The price list" in client.get("/playground/page/price-list").text
    assert client.get("/playground/page/nothing").status_code == 404


def test_only_the_playgrounds_own_files_are_served(client):
    with client.get("/playground/static/playground.css") as served:
        assert served.status_code == 200
    for path in ("../pages.py", "%2e%2e/pages.py", "none.css"):
        assert client.get(f"/playground/static/{path}").status_code == 404

"""The playground's Gmail API: it believes its own Google's tokens, each for its purpose."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest

from backend import clock
from backend.settings import Settings
from playground.gmail_api import COMPOSE, METADATA, OF_THIS_MAIL
from playground.gmail_drafts import Drafts
from playground.google import API, CLIENT_ID, REQUEST_S, SERVICE_ACCOUNT, Google
from playground.inboxes import Inboxes
from tests.waiting import free_port
from tests.world import SECRET, bearer

ME = f"{API}/gmail/v1/users/me"
RAW = b"From: alice@ours.test\r\nTo: c@x.test\r\nBcc: d@x.test\r\nSubject: Hi\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        secret=SECRET,
        playground=True,
        port=free_port(following=1),
        smtp_port=free_port(),
        gmail_addon_client_id=CLIENT_ID,
        gmail_addon_service_account=SERVICE_ACCOUNT,
    )


@pytest.fixture
def email(world):
    return world.alice.email


@pytest.fixture
def headers(google, email):
    """What a call of the add-on's carries, once the user has granted sending."""
    return {"Authorization": f"Bearer {google.oauth_token(email, [METADATA, COMPOSE])}"}


@pytest.fixture
def mail_id(settings, email):
    return Inboxes.of(settings).put(email, RAW)


def test_an_open_mail_shows_the_headers_asked_for(client, google, email, headers, mail_id):
    headers[OF_THIS_MAIL] = google.message_token(email, mail_id)
    query = {"metadataHeaders": ["Subject", "Cc"], "format": "metadata"}

    found = client.get(f"{ME}/messages/msg-f:{mail_id}", headers=headers, query_string=query)

    assert found.json == {
        "id": mail_id,
        "threadId": mail_id,
        "payload": {"headers": [{"name": "Subject", "value": "Hi"}]},
    }


@pytest.mark.parametrize(
    ("why", "token", "status"),
    [
        ("none", lambda _google, _email, _mail: "", 401),
        ("of another mail", lambda google, email, _mail: google.message_token(email, "x"), 403),
        (
            "of somebody else",
            lambda google, _, mail: google.message_token("b@ours.test", mail),
            403,
        ),
        ("the wrong kind", lambda google, email, _mail: google.oauth_token(email, [METADATA]), 403),
        ("of another Google", lambda _, email, mail: Google().message_token(email, mail), 401),
    ],
)
def test_a_mail_opens_to_its_own_token_alone(
    client, google, email, headers, mail_id, why, token, status
):
    headers[OF_THIS_MAIL] = token(google, email, mail_id)

    assert client.get(f"{ME}/messages/{mail_id}", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("why", "token", "status"),
    [
        ("none", lambda _google, _email: "", 401),
        ("not granted", lambda google, email: google.oauth_token(email, [METADATA]), 403),
        ("an id token", lambda google, email: google.user_token(email), 401),
        ("of another Google", lambda _, email: Google().oauth_token(email, [COMPOSE]), 401),
    ],
)
def test_drafts_need_a_token_that_was_granted_them(client, google, email, why, token, status):
    answer = client.get(f"{ME}/drafts", headers={"Authorization": f"Bearer {token(google, email)}"})

    assert answer.status_code == status
    assert answer.json["error"]["code"] == status


def test_a_token_kept_for_later_is_worth_nothing(client, headers, time_machine):
    assert client.get(f"{ME}/drafts", headers=headers).status_code == 200

    time_machine.move_to(clock.now() + timedelta(seconds=REQUEST_S + 1))

    assert client.get(f"{ME}/drafts", headers=headers).status_code == 401


def test_a_draft_is_changed_and_others_have_none(client, google, headers, settings, email):
    draft_id = Drafts.of(settings, email).add(RAW)
    message = {"raw": urlsafe_b64encode(RAW + b"more\r\n").decode()}

    client.put(f"{ME}/drafts/{draft_id}", headers=headers, json={"message": message})

    raw = client.get(f"{ME}/drafts/{draft_id}", headers=headers).json["message"]["raw"]
    assert urlsafe_b64decode(raw) == RAW + b"more\r\n"
    other = {"Authorization": f"Bearer {google.oauth_token('b@ours.test', [COMPOSE])}"}
    assert client.get(f"{ME}/drafts/{draft_id}", headers=other).status_code == 404
    assert client.get(f"{ME}/drafts", headers=other).json["drafts"] == []


@pytest.mark.parametrize(
    ("why", "method", "path", "body", "status"),
    [
        ("no such draft", "POST", "drafts/send", {"id": f"r{32 * '0'}"}, 404),
        ("a path", "POST", "drafts/send", {"id": "../../google"}, 404),
        ("no draft's shape", "POST", "drafts/send", {"id": 7}, 422),
        ("no message", "PUT", f"drafts/r{32 * '0'}", {}, 422),
        ("no bytes", "PUT", f"drafts/r{32 * '0'}", {"message": {"raw": "\u00e9"}}, 422),
        ("a mail that is none", "GET", "messages/msg-f:1", None, 404),
    ],
)
def test_what_makes_no_sense_is_refused_as_google_does(
    client, headers, why, method, path, body, status
):
    answer = client.open(f"{ME}/{path}", method=method, headers=headers, json=body)

    assert (answer.status_code, answer.json["error"]["code"]) == (status, status)


def test_a_sent_draft_reaches_everybody_and_tells_nobody_of_bcc(client, headers, settings, email):
    draft_id = Drafts.of(settings, email).add(RAW.replace(b"Hi", b"Once"))

    sent = client.post(f"{ME}/drafts/send", headers=headers, json={"id": draft_id})

    assert sent.status_code == 200
    assert client.get(f"{ME}/drafts/{draft_id}", headers=headers).status_code == 404
    inboxes = Inboxes.of(settings)
    for address in ("c@x.test", "d@x.test", email):
        raw = inboxes.open(inboxes.mails(address)[0])
        assert b"Subject: Once" in raw
        assert b"Bcc" not in raw
    assert sent.json["id"] == inboxes.mails(email)[0]


def test_the_page_keeps_and_discards_drafts(client, world, settings, email):
    as_alice = bearer(world.alice)
    mail = {"to": "c@x.test, half an addr", "subject": "Hi", "html": "<p>Hello</p>"}

    kept = client.post("/playground/gmail/drafts", headers=as_alice, json=mail)
    again = client.post(
        "/playground/gmail/drafts", headers=as_alice, json={**mail, "draft": kept.json["id"]}
    )

    assert (kept.status_code, again.json) == (201, kept.json)
    drafts = Drafts.of(settings, email)
    assert b"Hello" in drafts.open(kept.json["id"])
    client.post("/playground/gmail/discard", headers=as_alice, json={"draft": kept.json["id"]})
    assert kept.json["id"] not in drafts.ids()
    after = client.post(
        "/playground/gmail/drafts", headers=as_alice, json={**mail, "draft": kept.json["id"]}
    )
    assert after.json["id"] != kept.json["id"]


@pytest.mark.parametrize(("is_known", "sender"), [(True, b"carol@"), (False, b"zoe.winter@")])
def test_somebody_writes_to_the_user(client, world, settings, email, is_known, sender):
    mail = {"is_known": is_known, "subject": "Hi", "html": "<p>Hello</p>"}

    answer = client.post("/playground/gmail/arrive", headers=bearer(world.alice), json=mail)

    assert answer.status_code == 201
    inboxes = Inboxes.of(settings)
    assert b"From: " in inboxes.open(inboxes.mails(email)[0])
    assert sender in inboxes.open(inboxes.mails(email)[0])

"""Gmail's notices, pushed by Pub/Sub: who is believed, and that nobody else causes work."""

import base64
import hmac
import json
from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import gmail_notices
from backend.models.gmail_notices import GmailNotices
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.org import Organization
from backend.providers.google_tokens import LEEWAY_S
from backend.settings import Settings
from playground.google import Google, new_key
from tests.capture.letters import mailbox_of
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC, PubSub, data_of
from tests.gmail_addon.certs import serving
from tests.world import SECRET

PUBLIC_URL = "https://telltale.ours.test"
URL = f"{PUBLIC_URL}/webhooks/gmail"
PATH = "/webhooks/gmail"


@pytest.fixture(scope="module")
def certs(google):
    with serving(google.certs()) as server:
        yield server


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory, certs):
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        secret=SECRET,
        playground=False,
        public_url=PUBLIC_URL,
        google_certs_url=certs.url,
    )


@pytest.fixture
def pubsub(google):
    return PubSub(google, URL)


@pytest.fixture
def post(client):
    def send(body, headers):
        return client.post(PATH, data=body, headers=headers).status_code

    return send


@pytest.fixture
def mailbox(world):
    """Alice's Gmail, which was just looked at, in an organisation that is told by Pub/Sub."""
    notices_for(world.alice.org_id)
    later = clock.now() + timedelta(minutes=9)
    return mailbox_of(world.alice, state=MailboxState.ACTIVE, next_sync_at=later)


def notices_for(org_id, **changes):
    values = {"mode": "push", "topic": TOPIC, "subscription": SUBSCRIPTION, "account": PUSHER}
    return GmailNotices.create(org_id=org_id, **values | changes)


def is_due():
    return Mailbox.get().next_sync_at <= clock.now()


def rest():
    """As if the mailbox had just been looked at."""
    Mailbox.update(next_sync_at=clock.now() + timedelta(minutes=9)).execute()


def ignored():
    return GmailNotices.get().ignored_count


def kept():
    """What a notice could change."""
    tables = ("mailbox", "gmail_notices", "push_event", "push_subscription", "sync_stream")
    return [db.rows(f"SELECT * FROM {name}") for name in tables]


@pytest.mark.req("R42")
def test_a_notice_brings_the_look_at_its_mailbox_forward(pubsub, post, mailbox):
    pubsub.publish()
    assert not is_due()

    assert pubsub.push(post) == [204]

    assert is_due()
    told_at = GmailNotices.get().told_at
    assert told_at is not None
    assert abs(told_at - clock.now()) < timedelta(minutes=1)
    assert ignored() == 0


def now():
    return int(clock.now().timestamp())


def hand_made(pubsub, head, secret=b""):
    """The usual claims as no library would sign them: with that secret as HS256, or not at all."""
    usual = {"iss": "https://accounts.google.com", "aud": URL, "email": PUSHER, "sub": "1137"}
    claims = {**usual, "email_verified": True, "iat": now(), "exp": now() + 60}
    head = {"kid": pubsub.google.key.kid} | head
    text = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256')) if secret else ''}"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def of_another_key(pubsub):
    other = new_key()
    alike = {**other.as_dict(private=True), "kid": pubsub.google.key.kid}
    return PubSub(Google(type(other).import_key(alike)), URL).token()


def with_another_signature(pubsub):
    head, claims, signature = pubsub.token().split(".")
    return f"{head}.{claims}.{signature[::-1]}"


def with_other_claims(pubsub):
    head, _, signature = pubsub.token().split(".")
    return f"{head}.{pubsub.token(sub='7').split('.')[1]}.{signature}"


FORGED = (
    ("no token", 401, lambda _: ""),
    ("no token at all, but words", 401, lambda _: "x.y.z"),
    ("a very long one", 401, lambda _: "a" * 9_000),
    ("another key of the same id", 401, of_another_key),
    ("another signature", 401, with_another_signature),
    ("another token's signature", 401, with_other_claims),
    ("an unknown key", 401, lambda _: PubSub(Google(new_key()), URL).token()),
    (
        "a key without its id",
        401,
        lambda it: it.google.sign({"aud": URL, "email": PUSHER}, kid=None),
    ),
    ("not signed", 401, lambda it: hand_made(it, {"alg": "none"})),
    (
        "signed by the public key as a secret",
        401,
        lambda it: hand_made(it, {"alg": "HS256"}, it.google.key.as_pem(private=False)),
    ),
    ("another issuer", 401, lambda it: it.token(iss="https://accounts.evil.test")),
    ("no issuer", 401, lambda it: it.token(iss=None)),
    ("another audience", 401, lambda it: it.token(aud="https://other.test/webhooks/gmail")),
    ("another address of ours", 401, lambda it: it.token(aud=f"{PUBLIC_URL}/webhooks/graph")),
    ("our address and more", 401, lambda it: it.token(aud=f"{URL}?a=b")),
    ("our address with a slash", 401, lambda it: it.token(aud=f"{URL}/")),
    ("our host alone", 401, lambda it: it.token(aud=PUBLIC_URL)),
    ("ours among others", 401, lambda it: it.token(aud=[URL, "https://other.test"])),
    ("no audience", 401, lambda it: it.token(aud=None)),
    ("over", 401, lambda it: it.token(exp=now() - LEEWAY_S - 1)),
    ("without an end", 401, lambda it: it.token(exp=None)),
    ("from the future", 401, lambda it: it.token(iat=now() + LEEWAY_S + 5)),
    ("not valid yet", 401, lambda it: it.token(nbf=now() + LEEWAY_S + 5)),
    ("another service account", 403, lambda it: it.token(email=f"x{PUSHER}")),
    ("a person's account", 403, lambda it: it.token(email="mallory@gmail.com")),
    ("ours in capitals", 403, lambda it: it.token(email=PUSHER.upper())),
    ("no account", 403, lambda it: it.token(email=None)),
    ("a list of accounts", 403, lambda it: it.token(email=[PUSHER])),
    ("an unverified account", 403, lambda it: it.token(email_verified=False)),
    ("verified in words", 403, lambda it: it.token(email_verified="true")),
    ("verified by nobody", 403, lambda it: it.token(email_verified=None)),
)


def test_a_forged_push_is_refused_and_changes_nothing(pubsub, client, mailbox):
    body, before = pubsub.body(pubsub.publish()), kept()

    for why, status, token in FORGED:
        headers = {"Authorization": f"Bearer {token(pubsub)}"}
        assert client.post(PATH, data=body, headers=headers).status_code == status, why
        assert kept() == before, why
    assert client.post(PATH, data=body).status_code == 401
    assert client.post(PATH, data=body, headers={"Authorization": "Basic eDp5"}).status_code == 401
    assert kept() == before
    assert client.post(PATH, data=body, headers=pubsub.headers()).status_code == 204
    assert is_due()


def test_a_key_that_google_took_into_use_is_asked_for_once(pubsub, post, mailbox, certs, client):
    fresh = Google()
    certs.body = {"keys": [*certs.body["keys"], *fresh.certs()["keys"]]}
    client.application.extensions["google_tokens"].keys._asked_at -= 60  # as if that was long ago
    theirs, asked = PubSub(fresh, URL), certs.asked
    for _ in range(3):
        theirs.publish()

    assert theirs.push(post) == [204] * 3

    assert certs.asked - asked == 1
    assert is_due()


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("another organisation's mailbox", {"data": {"emailAddress": "mallory@theirs.test"}}),
        ("a mailbox of nobody here", {"data": {"emailAddress": "zoe@ours.test"}}),
        ("no address", {"data": {"historyId": 1}}),
        ("no text as address", {"data": {"emailAddress": ["alice@ours.test"]}}),
        ("what no database takes", {"data": {"emailAddress": "\0@ours.test"}}),
        ("a list", {"data": [1]}),
        ("no data", {"data": None}),
        ("no base64", {"data": "%%%"}),
        ("no JSON", {"data": base64.b64encode(b"\xff{").decode()}),
        ("deep JSON", {"data": base64.b64encode(b"[" * 9_000).decode()}),
        ("no id", {"messageId": None}),
        ("a long id", {"messageId": "9" * 101}),
    ],
)
def test_what_is_of_no_use_is_taken_counted_and_not_sent_again(
    world, pubsub, post, mailbox, why, changes
):
    mailbox_of(world.users["mallory"], next_sync_at=mailbox.next_sync_at, state="active")
    data = changes.get("data")
    if isinstance(data, (dict, list)):
        changes = {"data": data_of(data)}
    pubsub.publish(**changes)

    assert pubsub.push(post) == [204]

    assert (pubsub.waiting, ignored()) == ([], 1)
    assert db.rows("SELECT 1 FROM mailbox WHERE next_sync_at <= %s", [clock.now()]) == []


def test_a_delivery_that_is_none_is_taken_and_counted(pubsub, client, mailbox):
    true = pubsub.body(pubsub.publish())
    long = json.dumps({"message": "x" * 70_000, "subscription": SUBSCRIPTION})
    foreign = pubsub.body(pubsub.publish(), "projects/other-crm/subscriptions/telltale")
    bodies = [b"", b"[]", b"{", b"7", b"[" * 9_000, b"\xff", true[:-2], long, foreign]
    bodies += [pubsub.body("text"), pubsub.body(pubsub.publish(), None)]

    statuses = {
        client.post(PATH, data=body, headers=pubsub.headers()).status_code for body in bodies
    }

    assert (statuses, ignored()) == ({204}, len(bodies))
    assert not is_due()


def test_what_comes_again_or_late_does_no_harm(pubsub, post, mailbox):
    again = pubsub.publish(history=500)
    pubsub.push(post)
    rest()

    pubsub.waiting = [again, again]
    assert pubsub.push(post) == [204, 204]
    assert not is_due()
    pubsub.publish(history=3)  # from the past: whatever it says, a look is what it causes
    assert pubsub.push(post) == [204]

    assert is_due()
    assert db.rows("SELECT cursor FROM sync_stream") == []
    assert ignored() == 0


@pytest.mark.parametrize(
    "state", [MailboxState.PAUSED, MailboxState.NEEDS_REAUTH, MailboxState.DELAYED]
)
def test_a_mailbox_that_rests_or_waits_is_not_brought_forward(pubsub, post, mailbox, state):
    Mailbox.update(state=state).execute()
    pubsub.publish()

    assert pubsub.push(post) == [204]

    assert not is_due()


def test_each_organisation_is_told_of_its_own_by_its_own_account(world, pubsub, post, mailbox):
    other = "gmail-notices@their-crm.iam.gserviceaccount.com"
    theirs = Organization.get(Organization.name == "Theirs")
    notices_for(theirs.id, account=other, subscription="projects/their-crm/subscriptions/t")
    pubsub.publish()

    pubsub.push(post, email=other)

    assert not is_due()
    counts = dict(db.rows("SELECT account, ignored_count FROM gmail_notices"))
    assert counts == {PUSHER: 0, other: 1}


def test_where_nobody_is_told_by_push_nobody_is_asked_who_he_is(world, pubsub, post, certs):
    notices_for(world.alice.org_id, mode="pull")
    asked = certs.asked
    pubsub.publish()

    assert pubsub.push(post) == [404]

    assert certs.asked == asked


def test_without_googles_keys_it_comes_again_later(pubsub, post, mailbox, certs, client):
    tokens = client.application.extensions["google_tokens"]
    tokens.keys._keys, tokens.keys._fresh_until, tokens.keys._stale_until = {}, 0.0, 0.0
    tokens.keys._asked_at -= 60
    certs.status = 503
    pubsub.publish()
    try:
        assert pubsub.push(post) == [503]
    finally:
        certs.status = 200
        tokens.keys._asked_at -= 60

    assert not is_due()
    assert pubsub.push(post) == [204]
    assert is_due()


def test_the_place_is_the_one_that_is_announced():
    assert gmail_notices.PLACE == PATH

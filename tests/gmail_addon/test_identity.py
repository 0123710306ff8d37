"""Nobody gets a card but Gmail's own server for one of our users, and refusals write nothing."""

import base64
import hmac
import json

import pytest

from backend import clock, db
from backend.providers.google_tokens import LEEWAY_S
from playground.google import SERVICE_ACCOUNT, Google, new_key
from tests.gmail_addon.calling import ALICE, PUBLIC_URL
from tests.serving import app_of

HOME = f"{PUBLIC_URL}/gmail-addon/home"


def now():
    return int(clock.now().timestamp())


def hand_made(head, claims, secret=b""):
    """A token that no library would make: signed by that secret as HS256, or not at all."""
    text = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256')) if secret else ''}"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims():
    usual = {"iss": "https://accounts.google.com", "aud": HOME, "email": SERVICE_ACCOUNT}
    return {**usual, "email_verified": True, "iat": now(), "exp": now() + 60}


SYSTEM = {
    "none at all": lambda google: "",
    "garbage": lambda google: "x.y.z",
    "one part": lambda google: "x",
    "not base64": lambda google: "%%%.%%%.%%%",
    "a very long one": lambda google: "a" * 9000,
    "another address of ours": lambda google: google.system_token(
        f"{PUBLIC_URL}/gmail-addon/compose"
    ),
    "a trailing slash": lambda google: google.system_token(HOME + "/"),
    "another host": lambda google: google.system_token("https://evil.test/gmail-addon/home"),
    "a list of audiences": lambda google: google.system_token(HOME, aud=[HOME, "https://x.test"]),
    "no audience": lambda google: google.system_token(HOME, aud=None),
    "another issuer": lambda google: google.system_token(HOME, iss="https://evil.test"),
    "no issuer": lambda google: google.system_token(HOME, iss=None),
    "expired": lambda google: google.system_token(HOME, exp=now() - LEEWAY_S - 1),
    "no expiry": lambda google: google.system_token(HOME, exp=None),
    "an expiry in words": lambda google: google.system_token(HOME, exp="tomorrow"),
    "from the future": lambda google: google.system_token(HOME, iat=now() + LEEWAY_S + 5),
    "without a time": lambda google: google.system_token(HOME, iat=None),
    "not yet valid": lambda google: google.system_token(HOME, nbf=now() + LEEWAY_S + 5),
    "another key of the same id": lambda google: forged(google, HOME),
    "an unknown key": lambda google: Google(new_key()).system_token(HOME),
    "no key id": lambda google: google.sign({"aud": HOME, "email": SERVICE_ACCOUNT}, kid=None),
    "a number as key id": lambda google: hand_made({"alg": "RS256", "kid": 7}, claims()),
    "alg none": lambda google: hand_made({"alg": "none", "kid": google.key.kid}, claims()),
    "the public key as a secret": lambda google: hand_made(
        {"alg": "HS256", "kid": google.key.kid}, claims(), google.key.as_pem(private=False)
    ),
    "a user's token": lambda google: google.user_token(ALICE),
}
OTHERS = {
    "another project": {"email": "service-2@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"},
    "no e-mail": {"email": None},
    "an e-mail nobody verified": {"email_verified": False},
    "verified in words": {"email_verified": "true"},
}
USER = {
    "another client": {"aud": "other.apps.googleusercontent.com"},
    "our address instead of the client": {"aud": HOME},
    "expired": {"exp": 1},
    "another issuer": {"iss": "https://evil.test"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
}


def forged(google, url):
    other = new_key()
    named_alike = type(other).import_key({**other.as_dict(private=True), "kid": google.key.kid})
    return Google(named_alike).system_token(url)


def rows_written():
    return [
        db.one(f"SELECT count(*) FROM {table}")
        for table in ("google_link", "identity", "stamp", "self_view", "person")
    ]


@pytest.mark.parametrize("why", SYSTEM)
def test_a_call_that_is_not_gmails_gets_nothing(gmail, google, why):
    before = rows_written()

    answer = gmail.post("home", token=SYSTEM[why](google))

    assert answer.status_code == 401, why
    assert b"action" not in answer.data
    assert rows_written() == before


@pytest.mark.parametrize("why", OTHERS)
def test_a_call_for_somebody_elses_add_on_is_forbidden(gmail, google, why):
    answer = gmail.post("home", token=google.system_token(HOME, **OTHERS[why]))

    assert (answer.status_code, answer.json["title"]) == (403, "You may not do this"), why


@pytest.mark.parametrize("why", USER)
def test_a_user_token_that_does_not_hold_gets_nothing(gmail, google, why):
    event, before = gmail.event(), rows_written()
    event["authorizationEventObject"]["userIdToken"] = google.user_token(ALICE, **USER[why])

    answer = gmail.post("home", event)

    assert answer.status_code == 401, why
    assert rows_written() == before


def test_an_address_google_has_not_verified_is_forbidden(gmail, google):
    event = gmail.event()
    event["authorizationEventObject"]["userIdToken"] = google.user_token(
        ALICE, email_verified=False
    )

    assert gmail.post("home", event).status_code == 403


@pytest.mark.parametrize("change", [{"iss": "accounts.google.com"}, {"iat": None}, {}])
def test_both_of_googles_names_and_clocks_a_little_apart_are_believed(gmail, google, change):
    claims = {"iat": now() + LEEWAY_S - 5, "exp": now() - LEEWAY_S + 5} | change
    claims = {name: value for name, value in claims.items() if value is not None}

    answer = gmail.post("home", token=google.system_token(HOME, **claims))

    assert answer.status_code == 200


def test_without_a_user_token_google_is_asked_for_the_permission(gmail):
    event = gmail.event()
    del event["authorizationEventObject"]["userIdToken"]

    answer = gmail.post("home", event).json

    gmail.check(answer)
    assert answer == {
        "requesting_google_scopes": {"scopes": ["https://www.googleapis.com/auth/userinfo.email"]}
    }


def test_users_are_known_by_google_s_own_key_not_by_their_address(gmail, google, world):
    event = gmail.event()
    event["authorizationEventObject"]["userIdToken"] = google.user_token(ALICE, sub="a stranger")

    answer = gmail.post("home", event).json

    assert "custom_authorization_prompt" in answer


def test_while_google_s_keys_are_away_nobody_gets_in(settings, store, world, google):
    from tests.gmail_addon.calling import Caller

    away = settings.model_copy(update={"google_certs_url": "http://127.0.0.1:9/certs"})
    with app_of(away, store) as app:
        answer = Caller(app.test_client(), google).post("home")

    assert answer.status_code == 503

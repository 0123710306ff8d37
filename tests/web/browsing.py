"""A browser for tests: signed in as somebody, sending forms as a page of ours does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from backend.models.access import BY_SHELL, Proof, caller_of_session, open_session_of
from backend.models.org import User
from backend.web.permissions import csrf_token, session_cookie
from tests.waiting import wait_until

COOKIE = "telltale_session"
ORIGIN = "http://localhost"


@dataclass
class Browser:
    """A client with a session."""

    app: Any
    client: FlaskClient

    @property
    def session_id(self) -> str:
        """The session it is in now."""
        return caller_of_session(self.cookie).session_id or ""

    @property
    def cookie(self) -> str:
        """The text of its session."""
        return str(self.client.get_cookie(cookie_of(self.app)).value)

    def get(self, path: str) -> Any:
        """A page."""
        return self.client.get(path)

    def post(self, path: str, **form: Any) -> Any:
        """A form of a page of ours."""
        with self.app.app_context():
            form["csrf_token"] = csrf_token(self.session_id)
        return self.client.post(path, data=form, headers={"Origin": ORIGIN})


def browser_of(app: Any, user: User, proof: Proof = BY_SHELL) -> Browser:
    """A browser that is signed in as that user."""
    client = app.test_client()
    client.set_cookie(cookie_of(app), open_session_of(user, proof))
    return Browser(app, client)


def cookie_of(app: Any) -> str:
    """What the app calls a session's cookie: it is another on https."""
    with app.app_context():
        return session_cookie()


def in_the_end(ask: Callable[[], Any]) -> Any:
    """The answer to what is asked again while it is 503: of many at once on a busy machine some
    find no connection to PostgreSQL free in time, and are told to come again.
    """

    def answered() -> Any:
        answer = ask()
        return answer if answer.status_code != 503 else None

    return wait_until(answered, 60, "a connection to the database")


def send(client: FlaskClient, path: str, **form: Any) -> Any:
    """A form that is sent before there is a session."""
    return client.post(path, data=form, headers={"Origin": ORIGIN})

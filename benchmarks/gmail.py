"""What a call of Gmail's add-on costs the server, over 100,000 stored messages.

    python -m benchmarks.gmail [--rows 100000] [--engine sqlite|postgres]

The whole call through the app: Google's two tokens verified, the queries, the card, its JSON, every
button of it signed. Without the network; for the card beside an open mail a local server stands for
Gmail's API. Bar: p95 under 150 ms for each route (exit code 1 if one misses it).
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from backend import clock, db
from backend.access import identities
from backend.app import create_app
from backend.models.org import User
from backend.models.schema import migrate
from backend.people import adding
from backend.people.values import Actor
from backend.providers.openid import Account
from backend.settings import Settings
from benchmarks import drain
from benchmarks.bars import tell
from benchmarks.postgres import running_postgres
from playground.google import CLIENT_ID, SERVICE_ACCOUNT, Google

ROUNDS = 40
BAR_MS = 150.0
PUBLIC_URL = "https://telltale.bench.test"
STRANGER, CONTACT = "somebody@else.test", "p0@bench.test"
WITH_CONTACT = 1_000  # mails


def main() -> int:
    """Print p50 and p95 in milliseconds for each route; 1 if one misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    chosen = parser.parse_args()
    print(f"{'engine':<9} {'rows':>10}  {'call':<22} {'p50 ms':>7} {'p95 ms':>7} {'cpu ms':>7}")
    engines = chosen.engine or ("sqlite", "postgres")
    are_met = [_measure(engine, chosen.rows) for engine in engines]
    return int(not all(are_met))


def _measure(engine: str, rows: int) -> bool:
    google = Google()
    mails = "/gmail/v1/users/me/messages/msg-f%3A"
    served = {
        "/certs": google.certs(),
        f"{mails}1": _mail(STRANGER),
        f"{mails}2": _mail(CONTACT),
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgres(engine) as url,
        _serving(served) as base,
    ):
        settings = Settings(
            data_dir=Path(folder),
            secret=drain.SECRET,
            database_url=url,
            playground=False,
            public_url=PUBLIC_URL,
            google_certs_url=f"{base}/certs",
            gmail_addon_endpoint=base,
            gmail_addon_client_id=CLIENT_ID,
            gmail_addon_service_account=SERVICE_ACCOUNT,
        )
        email = _filled(settings, rows)
        app = create_app(settings)
        gmail = _Gmail(app.test_client(), google, email)
        kept = [_timed(engine, rows, *each) for each in gmail.calls().items()]
        app.extensions["store"].close_all()
    return all(kept)


def _filled(settings: Settings, rows: int) -> str:
    """Fill the database; the address of the user who looks."""
    store = db.open_store(settings)
    migrate(settings)
    drain.USERS, drain.MAILS, drain.NOW = 1, rows, clock.now()
    with db.connection(), db.transaction():
        drain.fill(rows, random.Random(7), spread=timedelta(days=30))
        user = User.select().order_by(User.email).first()
        account = Account("https://accounts.google.com", f"sub of {user.email}", user.email)
        identities.link(user, "google", account, is_way_in=False)
        _know_contact(user.org_id)
        # On SQLite nobody does it; it would take everybody's NULLs for one person.
        if db.is_postgres():
            db.execute("ANALYZE")
    store.close_all()
    return str(user.email)


def _know_contact(org_id: str) -> None:
    """One of the recipients becomes a contact, to whom a thousand of the mails went."""
    facts = {"kind": "contact", "name": "Carol", "addresses": (CONTACT,)}
    person_id = adding.add(Actor(org_id, "bench"), facts)
    changed = "SELECT id FROM participant ORDER BY id LIMIT %s"
    db.execute(
        f"UPDATE participant SET person_id = %s, address = %s WHERE id IN ({changed})",
        [person_id, CONTACT, WITH_CONTACT],
    )
    db.execute(
        "UPDATE stamp_copy SET address = %s WHERE stamp_id IN (SELECT s.id FROM stamp s"
        " JOIN participant t ON t.message_id = s.message_id WHERE t.person_id = %s)",
        [CONTACT, person_id],
    )


class _Gmail:
    """Gmail's server, as far as a benchmark needs it."""

    def __init__(self, client: FlaskClient, google: Google, email: str) -> None:
        self._client, self._google, self._email = client, google, email

    def calls(self) -> dict[str, Callable[[], Any]]:
        """Each call by its name."""
        home = self._post("home", {})
        press = _action(home, lambda each: each.get("text") == "Older")
        row = _action(home, lambda each: "topLabel" in each)
        compose = {"toRecipients": [f"p{number}@x.test" for number in range(20)]}
        card = self._post("compose", compose)
        track = _action(card, lambda each: each.get("text") == "Track this mail")
        stranger = {"messageId": "msg-f:1", "accessToken": "x"}
        contact = {"messageId": "msg-f:2", "accessToken": "x"}
        return {
            "home": lambda: self._post("home", {}),
            "action: older page": lambda: self._post("action", {}, press),
            "action: one mail": lambda: self._post("action", {}, row),
            "message: a stranger": lambda: self._post("message", stranger),
            "message: a contact": lambda: self._post("message", contact),
            "compose": lambda: self._post("compose", compose),
            "action: track": lambda: self._post("action", compose, track),
            "settings": lambda: self._post("settings", {}),
        }

    def _post(self, path: str, gmail: Any, parameters: Any = None) -> Any:
        url = f"{PUBLIC_URL}/gmail-addon/{path}"
        event = {
            "commonEventObject": {"userLocale": "en", "parameters": parameters or {}},
            "authorizationEventObject": {
                "userIdToken": self._google.user_token(self._email),
                "userOAuthToken": "x",
            },
            "gmail": gmail,
        }
        headers = {"Authorization": f"Bearer {self._google.system_token(url)}"}
        answer = self._client.post(f"/gmail-addon/{path}", json=event, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.data!r}")
        return answer.json


def _action(value: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, str]:
    """The parameters of the first press in a card on something wanted."""
    for each in _dicts(value):
        if "onClick" in each and wanted(each):
            (parameter,) = each["onClick"]["action"]["parameters"]
            return {parameter["key"]: parameter["value"]}
    raise RuntimeError("the card has nothing of that kind")


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from _dicts(each)


def _timed(engine: str, rows: int, name: str, call: Callable[[], Any]) -> bool:
    times, cpu = [], time.process_time()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    cpu_ms = (time.process_time() - cpu) * 1000 / ROUNDS
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{engine:<9} {rows:>10,}  {name:<22} {p50:>7.2f} {p95:>7.2f} {cpu_ms:>7.2f}", flush=True)
    what = f"Gmail add-on, {engine}, {name}: p95 ms"
    return tell(what, p95, BAR_MS, is_most=True)


def _mail(sender: str) -> Any:
    return {"id": "1", "payload": {"headers": [{"name": "From", "value": sender}]}}


@contextmanager
def _serving(served: dict[str, Any]) -> Iterator[str]:
    """A local server that answers each path that begins like one of these."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = next(body for path, body in served.items() if self.path.startswith(path))
            raw = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main())

"""How long the server takes to stamp a mail over the API, without the network.

    python -m benchmarks.stamping_api [--rounds 200] [--engine sqlite|postgres]

`POST /api/v1/stamps` through the app's own test client: a 70 kB mail with 38 links (bar: 5 ms), the
same for 500 recipients with a copy each, and a 1.5 MB mail out of Word (bar: 300 ms). CPU time is
this process's own; on PostgreSQL the server's comes on top and shows in the wall time only.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient

from backend import db
from backend.app import create_app
from backend.models.access import Scope, issue_token
from backend.models.org import Organization, User
from backend.models.schema import migrate
from backend.settings import Settings
from benchmarks.bars import tell
from benchmarks.drain import SECRET
from benchmarks.postgres import running_postgres

BLOCK = (
    '<tr><td style="padding:0 24px 16px;font-family:Segoe UI,Arial,sans-serif;font-size:14px;'
    'line-height:20px;color:#242424"><p style="margin:0 0 12px">{words}</p>'
    '<a class="button" href="https://shop.example.com/offers/{n}?utm_source=mail&amp;utm_content={n}'
    '" style="color:#0f6cbd;text-decoration:none">See offer {n}</a></td></tr>\n'
)
WORD = (
    "<p class=MsoNormal style='margin-bottom:8.0pt;line-height:107%'><span lang=EN-GB"
    ' style=\'font-size:11.0pt;line-height:107%;font-family:"Calibri",sans-serif;'
    "mso-fareast-language:EN-US'>{words}<o:p></o:p></span></p>\r\n"
)
WORDS = "Thank you for the talk on Tuesday; the figures we spoke about are in the table below. "


def newsletter() -> str:
    """About 70 kB with 38 links."""
    rows = "".join(BLOCK.format(n=n, words=WORDS * 17) for n in range(38))
    return f"<html><head><title>Offers</title></head><body><table>{rows}</table></body></html>"


def word_mail() -> str:
    """1.5 MB as Word writes it, with 60 links and an earlier mail below."""
    text = [WORD.format(words=WORDS) for _ in range(1_500_000 // len(WORD.format(words=WORDS)))]
    link = WORD.format(words='<a href="https://docs.example.com/{n}"><b>Page</b></a>')
    for n in range(60):
        text[n * 70] = link.format(n=n)
    quote = "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:'
        "0cm}</style></head><body lang=EN-GB><div class=WordSection1>"
        + "".join(text)
        + f"{quote}<p class=MsoNormal><b>From:</b> Carol<br><b>Sent:</b> Monday</p></div>Hello"
        "</div></body></html>"
    )


CASES: dict[str, tuple[dict[str, Any], int, float]] = {
    "70 kB, 38 links": ({"html": newsletter()}, 1, 1.0),
    "the same, compose id again": ({"html": newsletter(), "compose_id": "again"}, 1, 1.0),
    "the same for 500, a copy each": ({"html": newsletter(), "per_recipient": True}, 500, 0.02),
    "1.5 MB Word, 60 links": ({"html": word_mail()}, 1, 0.1),
}


BARS = {"70 kB, 38 links": 5.0, "1.5 MB Word, 60 links": 300.0}
# Calls before those that count. A new database's log grows until it is first copied into the file,
# after some 260 of such mails on SQLite, and each sync of a file that grows costs more.
WARM = {"70 kB, 38 links": 320}


class Timed:
    """A WSGI app that notes the milliseconds of its calls: the client's own work is left out."""

    def __init__(self, app) -> None:
        self._app = app
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __call__(self, environ, start_response):
        """The answer, read to its end."""
        start, spent = time.perf_counter(), time.process_time()
        answer = list(self._app(environ, start_response))
        self.cpu.append((time.process_time() - spent) * 1000)
        self.wall.append((time.perf_counter() - start) * 1000)
        return answer


def measure(client: FlaskClient, headers: dict[str, str], rounds: int, engine: str) -> None:
    """Print one line for each case, and how the medians stand to the bars."""
    for name, (changes, people, share) in CASES.items():
        to = [{"address": f"p{n}@example.com"} for n in range(people)]
        asked: dict[str, Any] = {"recipients": to, "subject": "Offer", "opens": True, "links": True}
        body = orjson.dumps(asked | changes)
        client.application.wsgi_app = timed = Timed(client.application.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to put one on
        warm = WARM.get(name, 1)
        for _ in range(max(5, round(rounds * share)) + warm):
            answer = client.post(
                "/api/v1/stamps", data=body, headers=headers, content_type="application/json"
            )
            if answer.status_code != 201:
                raise RuntimeError(answer.get_data(as_text=True))
        print(f"  {name:<30} {_row(timed.wall[warm:])}   CPU {_row(timed.cpu[warm:])}")
        if name in BARS:
            what = f"stamping, {engine}, {name}: median ms"
            tell(what, statistics.median(timed.wall[warm:]), BARS[name], is_most=True)


def _row(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=20)
    return f"least {min(times):7.2f}  median {cuts[9]:7.2f}  p95 {cuts[18]:7.2f} ms"


@contextmanager
def _client(engine: str) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(data_dir=Path(folder), database_url=url, secret=SECRET)
        opened = db.open_store(settings)
        migrate(settings)
        with db.connection():
            org = Organization.create(name="Bench")
            rep = User.create(org_id=org.id, email="rep@bench.test", name="Rep", role="rep")
            token = issue_token(rep, Scope.API)
        opened.close_all()
        app = create_app(settings)
        yield app.test_client(), {"Authorization": f"Bearer {token}"}
        app.extensions["store"].close_all()


def main() -> None:
    """Run it for one engine or for both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    chosen = parser.parse_args()
    for engine in [chosen.engine] if chosen.engine else ["sqlite", "postgres"]:
        print(engine)
        with _client(engine) as (client, headers):
            measure(client, headers, chosen.rounds, engine)


if __name__ == "__main__":
    main()

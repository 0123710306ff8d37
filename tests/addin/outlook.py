"""Runs the handler in a fake Outlook of its own, in Node (see fake_outlook.cjs)."""

import json
import subprocess
from typing import Any

from backend.web.addin import ADDIN
from backend.web.files import read_tree
from tests.processes import ROOT

NODE = ROOT / ".venv/bin/node"
SETTINGS = {
    "base": "https://telltale.example.com",
    "tracking": "https://t.example.com",
    "token": "tt_stamp_x",
    "words": {"on": "on", "untracked": "not", "switched_off": "off", "images": "images"},
}
STAMP_ID = "01900000-0000-7000-8000-000000000001"
LINKED = '<p>Hello <a href="https://example.com/a?b=1&amp;c=2">A</a></p>'
WRAPPED = '<p>Hello <a href="https://t.example.com/c/abc">A</a></p>'
PIXEL = '<img src="https://t.example.com/o/xyz.gif" width="1" height="1" alt="" style="border:0">'
SESSION = {"composeId": "outlook-1", "opens": True, "links": True}


def answer(**changes: Any) -> dict[str, Any]:
    """What the server says to a stamp call, but for the changes."""
    body = {
        "id": STAMP_ID,
        "state": "stamped",
        "reason": "",
        "html": WRAPPED + PIXEL,
        "pixel_url": "https://t.example.com/o/xyz.gif",
        "switches": {"opens": True, "links": True},
    }
    return {"body": body | changes}


def server(*stamps: Any, **more: Any) -> dict[str, list[Any]]:
    """A server that answers stamp calls with these, one after the other, the last for ever."""
    return {
        "POST /stamps": list(stamps) or [answer()],
        "PUT /stamps/ID/sent": [{"body": {}}],
        "POST /addin/runs": [{"body": {}}],
        "GET /preferences": [{"body": {"opens": True, "links": True}}],
    } | {key.replace("_", " "): value for key, value in more.items()}


def mail(body: str = LINKED, **changes: Any) -> dict[str, Any]:
    """A connected rep's mail, its switches known, but for the changes."""
    session = changes.pop("session", SESSION)
    values: dict[str, Any] = {"body": body, "settings": SETTINGS}
    if session is not None:
        values["session"] = {"telltale": json.dumps(session)}
    return values | changes


def run(*events: str, **given: Any) -> Any:
    """Let these events happen to a mail one after the other, and tell what came of it."""
    return run_all([{"events": events} | given])[0]


def run_all(cases: list[dict[str, Any]]) -> list[Any]:
    """The same for many at once, each with a mail, a server and an Outlook of its own."""
    return node([{"server": server(), "mail": mail(), "linger": 50} | case for case in cases])


def ask(name: str, *calls: list[Any]) -> list[Any]:
    """What a function of the handler gives for each list of arguments: {value} or {error}."""
    return node([{"ask": [{"name": name, "given": given} for given in calls]}])[0]


def node(cases: list[dict[str, Any]]) -> Any:
    """Run the fake with the script as it is served."""
    script = read_tree(ADDIN / "static").files["events.js"].plain.decode()
    done = subprocess.run(
        [NODE, ROOT / "tests/addin/fake_outlook.cjs"],
        input=json.dumps({"script": script, "cases": cases}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

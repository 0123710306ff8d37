"""Take the pictures of docs/screenshots: `make screenshots`.

A fresh installation as `make run` starts it, a story that its readers play, and a browser that
looks at the pages. Each picture is reduced to 256 colours, which is enough for pages.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from backend import db
from backend.access.safe import Safe
from backend.capture.loop_runs import TOKEN, owner
from backend.models.loop_tests import LoopTest
from backend.models.mailboxes import Connection
from backend.models.org import User
from backend.providers.vault import open_vault
from backend.settings import Settings
from tests import programs
from tests.browser import FLAGS
from tests.fakes import myworld
from tests.fakes.directory import Directory
from tests.installation import SECRET, Installation
from tests.processes import ROOT
from tests.waiting import free_port, wait_until

FOLDER = ROOT / "docs" / "screenshots"
# Every picture there is; tests/test_docs.py looks whether each lies in the folder and is shown.
PICTURES = (
    "feed", "mail", "people", "playground", "feed-dark", "setup-google", "setup-microsoft",
    "setup-google-organisation", "setup-microsoft-organisation", "setup-loop",
)  # fmt: skip
WIDTH, HEIGHT = 1280, 800
COLOURS = 256
HOUR_S = 3600
REP, ADMIN = "rep@demo.telltale.test", "admin@demo.telltale.test"
BODY = (
    "<p>Hello,</p><p>as promised, here is what we talked about:</p>"
    '<ul><li><a href="https://example.com/offer">See the offer</a></li>'
    '<li><a href="https://example.com/prices">Our price list</a></li>'
    '<li><a href="https://example.com/call">Book a call</a></li></ul><p>Kind regards</p>'
)

CAROL, NILS, PRIYA = "carol@northwind.test", "nils@northwind.test", "priya@harbour.test"
DANA, LEO, YUKI = "dana@harbour.test", "leo@martin.test", "yuki@kumo.test"

# Subject, recipients, what readers do in order (whose mail, reader, deed), hours until the next.
STORY = (
    ("Your access to the portal", (NILS,),
     ((NILS, "scanner", "open"), (NILS, "gmail_web", "open")), 20),
    ("Delivery dates for January", (PRIYA, DANA),
     ((PRIYA, "apple_mail", "open"), (PRIYA, "samsung_phone", "click")), 3),
    ("Workshop on Thursday", (LEO, YUKI),
     ((LEO, "forwarded", "open"), (YUKI, "gmail_web", "open")), 2),
    ("Our offer for the cold-chain sensors", (CAROL, "grace@bright.test"),
     (("grace@bright.test", "safe_links", "open"),
      (CAROL, "outlook_windows", "open"), (CAROL, "outlook_windows", "click")), 0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """A running installation and how its playground is played from outside."""

    installation: Installation
    token: str
    host: myworld.MyWorld

    @property
    def url(self) -> str:
        """The app's address."""
        return f"http://127.0.0.1:{self.installation.port}"

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of one call of the rep's; a body is sent by POST."""
        answer = self.installation.ask(
            "GET" if body is None else "POST",
            path,
            None if body is None else orjson.dumps(body),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        assert answer.status < 300, answer.body
        return answer.json

    def mail_of(self, address: str) -> str:
        """The newest mail in a mailbox."""
        boxes = self.call("/playground/state")["mailboxes"]
        return str(next(box["mails"][0]["id"] for box in boxes if box["address"] == address))


def main() -> None:
    """Take every picture anew."""
    with _installation() as stage, _browser() as browser:
        last = _play(stage)
        page = _signed_in(browser, stage)
        for name, path in _pages(stage, last):
            _take(page, stage.url + path, name)
        page.emulate_media(color_scheme="dark")
        _take(page, f"{stage.url}/console/feed", "feed-dark")
        _take_of_admin(browser, stage)


def _take_of_admin(browser: Browser, stage: Stage) -> None:
    page = browser.new_page(
        locale="en-GB", timezone_id="UTC", viewport={"width": WIDTH, "height": HEIGHT}
    )
    page.goto(stage.installation.told("signin-link", ADMIN))
    for name in ("google", "microsoft"):
        _take(page, f"{stage.url}/console/admin/connections/{name}", f"setup-{name}")
    _take_of_organisation(page, f"{stage.url}/console/admin/connections")
    page.set_viewport_size({"width": WIDTH, "height": 960})
    _take(page, f"{stage.url}/console/admin/connections/google/loop/{_loop(stage)}", "setup-loop")


def _take_of_organisation(page: Page, connections: str) -> None:
    """What an admin has to allow at each provider, once the page knows for what."""
    page.goto(f"{connections}/microsoft")
    page.get_by_label("Client id").fill("7c9d2f4e-1b36-4a58-9e07-3d5b8a6c1f20")
    page.get_by_label("Directory (tenant) id").fill("2f6b7d1c-94e3-4c0a-8b5d-6e1f3a7c9d04")
    page.get_by_label("Client secret").fill("of-nobody")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{connections}/google/organisation")
    page.get_by_label("Your Workspace domains").fill("demo.telltale.test")
    page.get_by_label("Mailbox to test with").fill(REP)
    page.get_by_label("JSON").fill(Directory().new_key())
    page.get_by_role("button", name="Save").click()
    for name in ("google", "microsoft"):
        _take(page, f"{connections}/{name}/organisation", f"setup-{name}-organisation", step=3)


def _loop(stage: Stage) -> str:
    """The id of a loop test that has gone round, with a mailbox at Gmail's emulator."""
    settings = Settings(
        data_dir=stage.installation.data_dir, secret=SECRET, port=stage.installation.port
    )
    opened = db.open_store(settings)
    with db.connection():
        ada = User.get(User.email == ADMIN)
        connection = Connection.create(
            org_id=ada.org_id, provider="google", method="user_consent", state="ready"
        )
        test = LoopTest(
            org_id=ada.org_id, connection_id=connection.id, user_id=ada.id,
            address="alice@ours.test", language="en",
        )  # fmt: skip
        safe = Safe(open_vault(settings))
        safe.put(owner(test), TOKEN, stage.host.world([]).token("alice"))
        test.save(force_insert=True)
        wait_until(lambda: LoopTest.get_by_id(test.id).is_over, 120, "the loop test")
    opened.close_all()
    return str(test.id)


def _pages(stage: Stage, last: str) -> Iterator[tuple[str, str]]:
    mail = stage.mail_of(CAROL)
    yield "feed", "/console/feed"
    yield "mail", f"/console/mail/{last}"
    yield "people", "/console/people"
    yield "playground", f"/playground?mail={mail}"


@contextmanager
def _installation() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder, myworld.running(Path(folder)) as host:
        settings = {
            "PLAYGROUND": "true",
            "SMTP_PORT": str(free_port()),
            # The set-up is shown as an admin finds it, without the playground's Google.
            "GOOGLE_ISSUER": "https://accounts.google.com",
            "GOOGLE_GMAIL_ENDPOINT": host.gmail,
        }
        made = Installation(Path(folder), settings)
        with made.serving("--demo"):
            yield Stage(made, made.token(REP), host)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = programs.path_of("chromium")
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


def _play(stage: Stage) -> str:
    """Let the story happen; the id of its last mail, once the Feed has all of it."""
    sent = ""
    for subject, to, acts, hours in STORY:
        sent = stage.call(
            "/playground/send", {"to": ", ".join(to), "subject": subject, "body": BODY}
        )["id"]
        for address, reader, deed in acts:
            asked = {"mail": stage.mail_of(address), "reader": reader, "deed": deed}
            stage.call("/playground/play", asked)
        if hours:
            stage.call("/playground/clock", {"by_s": hours * HOUR_S})
    wait_until(lambda: len(stage.call(f"/api/v1/feed?stamp={sent}")["items"]) >= 2, 30, "the Feed")
    return sent


def _signed_in(browser: Browser, stage: Stage) -> Page:
    page = browser.new_context(
        locale="en-GB", timezone_id="Europe/Berlin", viewport={"width": WIDTH, "height": HEIGHT}
    ).new_page()
    page.goto(stage.installation.signin_link)
    page.evaluate("localStorage.setItem('telltale_playground_guided', '1')")
    return page


def _take(page: Page, url: str, name: str, step: int = 1) -> None:
    answer = page.goto(url, wait_until="networkidle" if "/playground" not in url else "load")
    assert answer is not None, url
    assert answer.ok, url
    page.locator("main h1").first.wait_for()
    if "/playground" in url:
        page.locator("[data-reader=forwarded] .be").click()
        page.locator(".happened li").first.wait_for()
        page.mouse.move(0, 0)
    if step > 1:
        page.locator(".steps > li").nth(step - 1).evaluate("it => it.scrollIntoView()")
    _keep(page.screenshot(animations="disabled"), name)


def _keep(taken: bytes, name: str) -> None:
    assert name in PICTURES, name
    path = FOLDER / f"{name}.png"
    picture = Image.open(BytesIO(taken)).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)} {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

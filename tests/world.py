"""A small world on a real database: two organisations, their people, an app and ways to call it.

alice  rep, sends            bob    rep of the same team      mika  their manager
ada    admin                 mallory  rep of another organisation
carol, dana (Do Not Track) contacts    leo lead (consent given)
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend import clock, db
from backend.models.access import Scope, issue_token
from backend.models.mail import EmailMessage, Stamp, StampCopy, TrackedLink
from backend.models.org import Organization, Team, User
from backend.models.people import Person, PersonAddress
from backend.models.schema import migrate
from backend.settings import Settings
from backend.tracking import engagements, sending, stamping
from backend.tracking.drafts import Channel, Draft, Host, Recipient, Stamped
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from tests.emptying import empty
from tests.serving import app_of, standing

SECRET = "a secret for tests that is long enough, and known to all"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/154.0.0.0 Safari/537.36"
)
OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0;"
    " .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5134; ms-office; MSOffice 16)"
)
APPLE_MPP = "Mozilla/5.0"
GMAIL_PROXY = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)
LINKED = '<html><body><p>Hello</p><a href="https://example.com/a">A</a></body></html>'


@dataclass(slots=True)
class World:
    """The database with its people; verbs that a story is told with."""

    settings: Settings
    host: Host
    users: dict[str, User] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def alice(self) -> User:
        """The rep who sends."""
        return self.users["alice"]

    def set_policy(self, **changes: Any) -> None:
        """Change the policy of alice's organisation."""
        Organization.update(policy=changes).where(Organization.id == self.alice.org_id).execute()

    def stamp(self, *to: str, **changes: Any) -> Stamped:
        """Alice stamps a draft to these addresses (carol's without)."""
        values: dict[str, Any] = {
            "channel": Channel.API,
            "sender": self.alice.email,
            "subject": "Offer",
            "recipients": tuple(Recipient("to", address) for address in to or (CAROL,)),
            "opens": True,
            "links": True,
            "html": LINKED,
        } | changes
        return stamping.stamp(Draft(**values), self.alice, self.host)

    def send(self, *to: str, at: datetime = NOON, **changes: Any) -> Stamped:
        """Stamp a draft and confirm that it was sent at that time."""
        return self.stamp(*to, sent_at=at, **changes)

    def confirm(self, stamped: Stamped, at: datetime) -> None:
        """Say when a stamped draft was sent."""
        sending.confirm(Stamp.get_by_id(stamped.id), at, sending.Source.SENDER)

    def open_token(self, stamped: Stamped, address: str | None = None) -> str:
        """The token of the mail's pixel, or of that recipient's copy."""
        rows = StampCopy.select().where(StampCopy.stamp_id == stamped.id)
        return next(row.pixel_token for row in rows if address in {None, row.address})

    def click_token(self, stamped: Stamped, position: int = 0) -> str:
        """The token of the mail's link at that position; of copies the first one's first."""
        links = TrackedLink.select().where(TrackedLink.stamp_id == stamped.id)
        copies = [link.id for copy in stamped.copies for link in copy.links]
        place = {link_id: number for number, link_id in enumerate(copies)}
        ordered = sorted(links, key=lambda each: (each.position, place.get(each.id, 0)))
        return str(ordered[position].token)

    def message(self, stamped: Stamped) -> EmailMessage:
        """The message's counters as they are now."""
        found: EmailMessage = EmailMessage.get_by_id(Stamp.get_by_id(stamped.id).message_id)
        return found

    def engagements(self, stamped: Stamped) -> list[dict[str, Any]]:
        """What the table says of the mail, in the order of time."""
        names = ("kind", "verdict", "is_counted", "repeats", "reasons", "person_id", "hints")
        return [
            dict(zip(names, row, strict=True))
            for row in db.rows(
                f"SELECT {', '.join(names)} FROM engagement WHERE stamp_id = %s"
                " ORDER BY occurred_at, id",
                [stamped.id],
            )
        ]


CAROL, DANA, LEO = "carol@northwind.test", "dana@harbour.test", "leo@martin.test"


def hit(token: str, kind: Kind = Kind.OPEN, **changes: Any) -> RawHit:
    """A hit a minute after noon by a person in Outlook for Windows, but for the changes.

    `after` is in seconds since noon; `reader` any text that tells readers apart.
    """
    received_at = NOON + timedelta(seconds=changes.pop("after", 60))
    reader = str(changes.pop("reader", "one"))
    values: dict[str, Any] = {
        "id": clock.new_id(received_at),
        "token": token,
        "kind": kind,
        "received_at": received_at,
        "user_agent": OUTLOOK if kind is Kind.OPEN else CHROME,
        "reader_key": reader.encode().ljust(16, b"\0"),
        "network": NetworkFacts(),
    } | changes
    return RawHit(**values)


def record(*hits: RawHit) -> int:
    """Take these hits in as the drain does."""
    return engagements.record(hits)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """DATABASE_URL: every test that builds on it runs on both engines."""
    return str(request.getfixturevalue("migrated_url")) if request.param == "postgres" else ""


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation with a data folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    return Settings(
        data_dir=folder, database_url=database_url, secret=SECRET, playground=False, port=8000
    )


@pytest.fixture(scope="module")
def store(settings: Settings, request: pytest.FixtureRequest) -> Iterator[db.Store]:
    """The migrated database, empty at first."""
    if not settings.database_url:
        shutil.copyfile(request.getfixturevalue("migrated_file"), settings.main_db)
    opened = db.open_store(settings)
    migrate(settings)
    yield opened
    opened.close_all()


@pytest.fixture
def world(settings: Settings, store: db.Store) -> Iterator[World]:
    """The people of this page in an otherwise empty database, with a connection held."""
    db.database.initialize(store)
    with db.connection():
        empty()
        made = World(settings, Host.of(settings))
        _fill(made)
        yield made


@pytest.fixture(scope="module")
def app(settings: Settings, store: db.Store) -> Iterator[Flask]:
    """The app on the module's database: making one costs more than most tests."""
    with app_of(settings, store) as made:
        yield made


@pytest.fixture
def client(app: Flask, world: World, store: db.Store) -> Iterator[FlaskClient]:
    """A client of the app; the world's own connection stands again when it ends."""
    with standing(app, store):
        yield app.test_client()


@pytest.fixture
def as_alice(world: World) -> dict[str, str]:
    """Headers of a call with alice's own API token."""
    return bearer(world.alice)


def bearer(user: User, scope: Scope = Scope.API) -> dict[str, str]:
    """Headers of a call with a new token of that user."""
    return {"Authorization": f"Bearer {issue_token(user, scope)}"}


def data_folder(settings: Settings) -> Path:
    """Where the installation keeps its files."""
    return settings.data_dir


def _fill(world: World) -> None:
    # A statement for each table: this is done before most tests.
    ours, theirs = Organization(name="Ours"), Organization(name="Theirs")
    team = Team(org_id=ours.id, name="Sales")
    for name, role in (("alice", "rep"), ("bob", "rep"), ("mika", "manager"), ("ada", "admin")):
        world.users[name] = User(
            org_id=ours.id, team_id=team.id, email=f"{name}@ours.test", name=name, role=role
        )
    world.users["mallory"] = User(
        org_id=theirs.id, email="mallory@theirs.test", name="mallory", role="rep"
    )
    addresses = []
    for name, address, changes in (
        ("carol", CAROL, {}),
        ("dana", DANA, {"do_not_track": True}),
        ("leo", LEO, {"kind": "lead", "consent": "granted"}),
    ):
        values = {"kind": "contact", "source": "test", "external_id": name} | changes
        person = Person(org_id=ours.id, name=name.title(), **values)
        world.people[name] = person
        addresses.append(
            PersonAddress(org_id=ours.id, person_id=person.id, address=address, is_primary=True)
        )
    with db.transaction():
        Organization.bulk_create([ours, theirs])
        Team.bulk_create([team])
        User.bulk_create(world.users.values())
        Person.bulk_create(world.people.values())
        PersonAddress.bulk_create(addresses)

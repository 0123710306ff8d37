"""The demo organisation that `make run` starts with: people to be, and people to write to."""

from dataclasses import dataclass

from backend import db
from backend.models.org import DEMO_USER, Organization, Team, User
from backend.people import adding
from backend.people.values import Actor

REP = DEMO_USER
ADMIN = "admin@demo.telltale.test"
SOURCE = "demo"

USERS = (
    (REP, "Robin Reyes", "rep"),
    ("second.rep@demo.telltale.test", "Sam Okafor", "rep"),
    ("manager@demo.telltale.test", "Mika Lindqvist", "manager"),
    (ADMIN, "Ada Moreau", "admin"),
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A contact or lead of the demo."""

    kind: str
    name: str
    company: str
    address: str
    country: str = ""
    do_not_track: bool = False
    consent: str = "unknown"


PEOPLE = (
    Someone("contact", "Carol Castillo", "Northwind Fruit", "carol@northwind.test", "ES"),
    Someone("contact", "Nils Berg", "Northwind Fruit", "nils@northwind.test", "SE"),
    Someone("contact", "Priya Raman", "Harbour Logistics", "priya@harbour.test", "IN"),
    Someone(
        "contact", "Dana Novak", "Harbour Logistics", "dana@harbour.test", "CZ", do_not_track=True
    ),
    Someone("lead", "Leo Martin", "Atelier Martin", "leo@martin.test", "FR", consent="granted"),
    Someone("lead", "Yuki Tanaka", "Kumo Robotics", "yuki@kumo.test", "JP"),
    Someone("lead", "Omar Haddad", "Cedar Clinics", "omar@cedar.test", "LB", consent="denied"),
    Someone("lead", "Grace Kim", "Bright School", "grace@bright.test", "KR"),
)


def seed() -> bool:
    """Make the demo organisation with its users and people, once; True if it was made now."""
    with db.connection(), db.transaction():
        if User.select().where(User.email == REP).exists():
            return False
        # Where the relay runs (`serve --demo --relay`), it tells who of several opened.
        org = Organization.create(name="Telltale Demo", policy={"relay_copies": True})
        team = Team.create(org_id=org.id, name="Sales")
        for email, name, role in USERS:
            User.create(org_id=org.id, team_id=team.id, email=email, name=name, role=role)
        owner = User.get(User.email == REP)
        for number, someone in enumerate(PEOPLE, 1):
            _add(owner, someone, f"demo-{number}")
        User.update(preferences={"opens": True, "links": True}).where(
            User.org_id == org.id
        ).execute()
    return True


def _add(owner: User, someone: Someone, external_id: str) -> None:
    facts = {
        "kind": someone.kind,
        "name": someone.name,
        "company": someone.company,
        "addresses": (someone.address,),
        "owner_id": owner.id,
        "country": someone.country,
        "do_not_track": someone.do_not_track,
        "consent": someone.consent,
    }
    adding.add(Actor(owner.org_id, "demo", how="demo"), facts, SOURCE, external_id)

"""The people of an organisation who sign in: invited, given a role and a team, ended, succeeded."""

from dataclasses import dataclass

from backend import clock, db
from backend.access import audit, factors
from backend.access.safe import Safe
from backend.errors import Conflict, Invalid, NotFound
from backend.models import pairing
from backend.models.access import end_links, end_sessions_of
from backend.models.org import ApiToken, Team, User

ROLES = ("rep", "manager", "admin", "auditor")


@dataclass(frozen=True, slots=True)
class Admin:
    """Who changes something, in which organisation."""

    org_id: str
    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be invited."""

    email: str
    name: str
    role: str
    team_id: str | None = None


def all_of(org_id: str) -> list[User]:
    """Everybody, by name; those who are disabled last."""
    found = User.select().where(User.org_id == org_id)
    return sorted(found, key=lambda user: (user.is_disabled, user.name.lower(), user.email))


def one(org_id: str, user_id: str) -> User:
    """That user of the organisation. Raises NotFound."""
    found: User | None = User.get_or_none(User.id == user_id, User.org_id == org_id)
    if found is None:
        raise NotFound("problems.no_user")
    return found


def add(admin: Admin, who: Newcomer) -> User:
    """A new user, who has no way in yet. Raises Conflict, NotFound, Invalid."""
    _require_role(who.role)
    _require_team(admin, who.team_id)
    with db.transaction():
        if User.get_or_none(User.email == who.email):
            raise Conflict("problems.address_taken")
        user = User.create(
            org_id=admin.org_id,
            email=who.email,
            name=who.name or who.email.partition("@")[0],
            role=who.role,
            team_id=who.team_id,
        )
    _note(admin, "user.invited", user, {"role": who.role})
    return user


def change(admin: Admin, user: User, role: str, team_id: str | None) -> None:
    """Another role or team; a new role ends the user's sessions. Raises Conflict, Invalid."""
    _require_role(role)
    _require_team(admin, team_id)
    before = {"role": user.role, "team_id": user.team_id}
    with db.transaction():
        if user.role == "admin" and role != "admin":
            _require_another_admin(admin.org_id, user.id)
        User.update(role=role, team_id=team_id).where(User.id == user.id).execute()
        if role != user.role:
            end_sessions_of(user.id)
    _note(admin, "user.changed", user, {"before": before, "role": role, "team_id": team_id})


def disable(admin: Admin, user: User) -> None:
    """End every way in of a user at once. Raises Conflict for oneself and for the last admin."""
    if user.id == admin.user_id:
        raise Conflict("problems.not_oneself")
    with db.transaction():
        if user.role == "admin":
            _require_another_admin(admin.org_id, user.id)
        User.update(is_disabled=True).where(User.id == user.id).execute()
        _end_ways_in(user)
    _note(admin, "user.disabled", user, {})


def enable(admin: Admin, user: User) -> None:
    """Let a user back in; what was revoked stays so, and so does what came to be meanwhile."""
    with db.transaction():
        # Who was about to sign in, or to make a token, when she was disabled has done so since.
        _end_ways_in(user)
        User.update(is_disabled=False).where(User.id == user.id).execute()
    _note(admin, "user.enabled", user, {})


def sign_out(admin: Admin, user: User) -> None:
    """End all sessions of a user."""
    end_sessions_of(user.id)
    _note(admin, "user.signed_out", user, {})


def forget_factor(admin: Admin, user: User, safe: Safe) -> None:
    """Take the second factor off a user who has lost it; her sessions end."""
    factors.switch_off(user, safe)
    end_sessions_of(user.id)
    _note(admin, "user.factor_removed", user, {})


def transfer(admin: Admin, user: User, heir: User) -> dict[str, int]:
    """Give a user's people and mails to another one; how many of each. Raises Invalid."""
    if heir.id == user.id or heir.is_disabled:
        raise Invalid("problems.other_heir")
    org, to = admin.org_id, heir.id
    with db.transaction():
        moved = {
            "people": db.execute(
                "UPDATE person SET owner_id = %s WHERE org_id = %s AND owner_id = %s",
                [to, org, user.id],
            ),
            "mails": db.execute(
                "UPDATE email_message SET user_id = %s, record_due = TRUE"
                " WHERE org_id = %s AND user_id = %s",
                [to, org, user.id],
            ),
        }
        # A compose id belongs to one sender's program; the heir's may have the same. The words by
        # which a mail is found are their sender's: the worker writes them anew.
        db.execute(
            "UPDATE stamp SET user_id = %s, compose_id = NULL, indexed_at = NULL"
            " WHERE org_id = %s AND user_id = %s",
            [to, org, user.id],
        )
        db.execute(
            "UPDATE engagement SET user_id = %s WHERE org_id = %s AND user_id = %s",
            [to, org, user.id],
        )
        db.execute(
            'UPDATE "user" SET feed_version = feed_version + 1 WHERE id IN (%s, %s)', [to, user.id]
        )
    _note(admin, "user.transferred", user, {"to": to, **moved})
    return moved


def teams_of(org_id: str) -> list[Team]:
    """The organisation's teams, by name."""
    return list(Team.select().where(Team.org_id == org_id).order_by(Team.name))


def add_team(admin: Admin, name: str) -> Team:
    """A new team. Raises Conflict, Invalid."""
    if not name.strip():
        raise Invalid("problems.team_nameless")
    with db.transaction():
        if Team.get_or_none(Team.org_id == admin.org_id, Team.name == name.strip()):
            raise Conflict("problems.team_taken")
        team = Team.create(org_id=admin.org_id, name=name.strip())
    act = audit.Act("team.added", "team", team.id)
    audit.note(admin.org_id, admin.email, act, {"name": team.name})
    return team


def remove_team(admin: Admin, team_id: str) -> None:
    """Remove a team; its members are in none then. Raises NotFound."""
    _require_team(admin, team_id)
    with db.transaction():
        User.update(team_id=None).where(User.team_id == team_id).execute()
        Team.delete().where(Team.id == team_id).execute()
    audit.note(admin.org_id, admin.email, audit.Act("team.removed", "team", team_id))


def _end_ways_in(user: User) -> None:
    end_sessions_of(user.id)
    end_links(user.id)
    pairing.end_of(user.id)
    ApiToken.update(revoked_at=clock.wall()).where(
        ApiToken.user_id == user.id, ApiToken.revoked_at.is_null()
    ).execute()


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid("problems.no_role")


def _require_team(admin: Admin, team_id: str | None) -> None:
    if team_id and not Team.get_or_none(Team.id == team_id, Team.org_id == admin.org_id):
        raise NotFound("problems.no_team")


def _require_another_admin(org_id: str, user_id: str) -> None:
    admins = User.select().where(User.org_id == org_id, User.role == "admin", ~User.is_disabled)
    # Locked, so that two admins who remove each other at once do not both succeed.
    rows = list(admins.for_update() if db.is_postgres() else admins)
    if all(each.id == user_id for each in rows):
        raise Conflict("problems.last_admin")


def _note(admin: Admin, action: str, user: User, detail: dict[str, object]) -> None:
    audit.note(admin.org_id, admin.email, audit.Act(action, "user", user.id), detail)

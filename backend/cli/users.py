"""Commands about users and their ways in."""

import argparse

from backend.cli.commands import Commands, add, opened, short
from backend.errors import Conflict, Invalid, NotFound
from backend.mail.addresses import normalise
from backend.models.access import Scope, issue_signin_link, issue_token
from backend.models.org import MAX_LABEL, MAX_NAME, Organization, User
from backend.settings import Settings

ROLES = ("rep", "manager", "admin", "auditor")


def add_commands(commands: Commands) -> None:
    """Declare add-user, issue-token and signin-link."""
    parser = add(commands, "add-user", _add_user, "Add somebody who signs in")
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--role", choices=ROLES, default="rep", help="rep, if not said")
    parser.add_argument("--name", default="", help="else what stands before the @")
    parser.add_argument("--organization", default="", help="its name, if there are several")
    parser = add(commands, "issue-token", _issue_token, "Print a new API token (its last word)")
    parser.add_argument("email", metavar="EMAIL")
    scopes = [scope.value for scope in Scope]
    parser.add_argument("--scope", choices=scopes, default="api", help="api, if not said: all")
    parser.add_argument("--label", default="command line", help="what it is for")
    parser = add(commands, "signin-link", _signin_link, "Print a link that signs its user in once")
    parser.add_argument("email", metavar="EMAIL")


def user_at(email: str) -> User:
    """The user with that address. Raises NotFound, Invalid."""
    found: User | None = User.get_or_none(User.email == normal_address(email))
    if found is None:
        raise NotFound("There is no user with that address; `add-user` makes one.")
    return found


def _add_user(arguments: argparse.Namespace, settings: Settings) -> int:
    name = short(arguments.name, MAX_NAME, "--name")
    with opened(settings):
        address = normal_address(arguments.email)
        if User.get_or_none(User.email == address):
            raise Conflict("There is a user with that address already.")
        org = organization_named(arguments.organization)
        User.create(
            org_id=org.id,
            email=address,
            name=name or address.partition("@")[0],
            role=arguments.role,
        )
    print(f"Added {address} as {arguments.role} of {org.name}.")
    return 0


def organization_named(name: str) -> Organization:
    """The organisation of that name; without one the only one there is, made if there is none.

    Raises NotFound.
    """
    found = list(
        Organization.select().where(Organization.name == name) if name else Organization.select()
    )
    if not found and not name:
        return Organization.create(name="My organisation")
    if len(found) != 1:
        raise NotFound("Name one organisation with --organization.")
    only: Organization = found[0]
    return only


def normal_address(text: str, argument: str = "EMAIL") -> str:
    """The address as it is kept. Raises Invalid, which names the argument."""
    try:
        return normalise(text)
    except ValueError as error:
        raise Invalid(f"{argument}: {error}.") from None


def _issue_token(arguments: argparse.Namespace, settings: Settings) -> int:
    label = short(arguments.label, MAX_LABEL, "--label")
    with opened(settings):
        user = user_at(arguments.email)
        print(f"Token ({arguments.scope}):", issue_token(user, arguments.scope, label))
    return 0


def _signin_link(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        code = issue_signin_link(user_at(arguments.email))
    print(f"{settings.public_url}/signin/{code}")
    return 0

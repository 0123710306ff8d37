"""Commands about the relay: run it, let peers sign in, register programs that send mail."""

import argparse

from backend.cli.commands import Commands, add, opened, short
from backend.cli.users import normal_address, user_at
from backend.errors import NotFound, SettingsError
from backend.models.org import MAX_NAME
from backend.models.senders import Choices, add_sender, remove_sender, senders_of
from backend.settings import Settings

ACTOR = "command line"


def add_commands(commands: Commands) -> None:
    """Declare relay, relay-user, senders, add-sender and remove-sender."""
    add(commands, "relay", _relay, "Stamp outgoing mail and hand it on to the smarthost (SMTP)")
    parser = add(commands, "relay-user", _relay_user, "Add a peer that signs in to the relay")
    parser.add_argument("name", metavar="NAME", help="what the peer signs in as")
    parser = add(commands, "senders", _senders, "List the programs whose mail is measured")
    parser.add_argument("owner", metavar="EMAIL", help="any user of the organisation")
    parser = add(commands, "add-sender", _add_sender, "Measure the mail of a program")
    parser.add_argument("address", metavar="ADDRESS", help="what its mail has in From")
    parser.add_argument("--owner", metavar="EMAIL", required=True, help="who sees it in her Feed")
    parser.add_argument("--name", default="", help="what people call it")
    parser.add_argument("--no-opens", dest="opens", action="store_false", help="no picture")
    parser.add_argument("--no-links", dest="links", action="store_false", help="wrap no link")
    parser.add_argument("--shared", action="store_true", help="one copy for all recipients")
    parser = add(commands, "remove-sender", _remove_sender, "Leave the mail of a program alone")
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--owner", metavar="EMAIL", required=True, help="any user of the same")


def _relay(_arguments: argparse.Namespace, settings: Settings) -> int:
    from backend.relay import server

    return server.run(settings)


def _relay_user(arguments: argparse.Namespace, settings: Settings) -> int:
    from backend.relay.peers import add_user

    if settings.relay_users is None:
        raise SettingsError("RELAY_USERS: set it to the file that holds the peers' names")
    password = add_user(settings.relay_users, arguments.name)
    print(f"Password of {arguments.name}, told this once: {password}")
    print("The relay knows it when it is started again.")
    return 0


def _senders(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        for row in senders_of(user_at(arguments.owner).org_id):
            kinds = [name for name in ("opens", "links", "per_recipient") if getattr(row, name)]
            state = "paused" if row.is_paused else ", ".join(kinds) or "nothing"
            print(f"{row.address}  {state.replace('_', ' ')}  {row.name}".rstrip())
    return 0


def _add_sender(arguments: argparse.Namespace, settings: Settings) -> int:
    name = short(arguments.name, MAX_NAME, "--name")
    with opened(settings):
        owner = user_at(arguments.owner)
        choices = Choices(*(name, owner.id, arguments.opens, arguments.links, not arguments.shared))
        row = add_sender(owner.org_id, ACTOR, normal_address(arguments.address, "ADDRESS"), choices)
    print(f"Mail of {row.address} is measured from now on.")
    return 0


def _remove_sender(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        org_id = user_at(arguments.owner).org_id
        address = normal_address(arguments.address, "ADDRESS")
        found = next((row for row in senders_of(org_id) if row.address == address), None)
        if found is None:
            raise NotFound("There is no such sender.")
        remove_sender(org_id, ACTOR, found.id)
    print(f"Mail of {address} goes on as it comes from now on.")
    return 0

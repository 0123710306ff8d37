"""Commands that serve: the supervisor and the processes it starts."""

import argparse
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

from backend import clock, db, demo, dial
from backend import settings as settings_module
from backend.access import setup
from backend.cli.commands import Commands, add
from backend.errors import SettingsError
from backend.models.access import issue_signin_link
from backend.models.org import User
from backend.models.schema import add_partitions, migrate
from backend.providers import endpoints
from backend.providers.vault import open_vault
from backend.serve import logs
from backend.settings import Settings


def add_commands(commands: Commands) -> None:
    """Declare serve, migrate, drain, worker and playground-mail."""
    parser = add(commands, "serve", _serve, "Start Telltale: app, edge, drain and worker")
    parser.set_defaults(is_start=True)
    parser.add_argument("--only", choices=("app", "edge", "drain", "worker"), help="only this part")
    parser.add_argument("--demo", action="store_true", help="make the demo organisation first")
    parser.add_argument("--relay", action="store_true", help="with the outbound relay")
    add(commands, "migrate", _migrate, "Bring the database to today's tables")
    add(commands, "drain", _drain, "Move hits from the edge's log into the database")
    add(commands, "worker", _worker, "Run house-keeping, imports and the sync of mailboxes")
    add(commands, "playground-mail", _playground_mail, "Run the playground's mail host")


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from backend.serve import serve

    if arguments.demo and dial.may_turn(settings):
        settings = _for_playground(settings, has_relay=arguments.relay)
    if arguments.only in {None, "app"}:
        # One clear line now, instead of an app that ends at once, again and again.
        endpoints.require_allowed(settings)
        open_vault(settings)
        _bring_up(settings)
        if arguments.demo:
            demo.seed()
            _connect_playground(settings)
        db.database.obj.close_all()
    return serve(
        settings,
        only=arguments.only,
        has_relay=arguments.relay,
        banner=lambda: _banner(arguments.only, settings, has_relay=arguments.relay),
        say=lambda line: print(line, flush=True),
    )


def _for_playground(settings: Settings, *, has_relay: bool) -> Settings:
    """The settings with what the playground's readers need; the children inherit it."""
    from playground.demo import keep, variables

    found = variables(settings, has_relay=has_relay)
    keep(settings, found)
    os.environ.update(found)
    return settings_module.load()


def beside_the_demo(settings: Settings) -> Settings:
    """The settings of a command that is run beside a demo, or after it: with what it needs, too."""
    if not dial.may_turn(settings):
        return settings
    from playground.demo import kept

    os.environ.update(kept(settings))
    return settings_module.load()


def _connect_playground(settings: Settings) -> None:
    """Let the demo know the playground's Google, where there is one."""
    from playground.demo import connect

    if dial.may_turn(settings):
        connect(settings)


def _bring_up(settings: Settings) -> list[str]:
    db.open_store(settings)
    names = migrate(settings)
    with db.connection():
        add_partitions(clock.now())
    return names


def _banner(only: str | None, settings: Settings, *, has_relay: bool) -> None:
    lines = [f"Telltale    {settings.public_url}"]
    if only is None:
        lines.append(f"Edge        {settings.tracking_url}")
    if has_relay:
        lines.append(f"Relay       smtp://{settings.relay_host}:{settings.relay_port}")
    link = _signin_link(settings) if only in {None, "app"} else None
    if link:
        lines.append(f"Sign in     {link}  (as {demo.REP}, once)")
    if clock.ahead():
        ahead = timedelta(seconds=int(clock.ahead().total_seconds()))
        lines.append(f"Clock       {ahead} ahead of the time on the wall, as somebody moved it")
    code = _setup_code(settings) if only in {None, "app"} else None
    if code:
        lines.append(f"Set up      {settings.public_url}/setup  with the code {code}")
    where = "PostgreSQL" if settings.database_url else str(settings.main_db.resolve())
    lines.append(f"Data        {where}; hits in {Path(settings.data_dir).resolve()}")
    print("\n".join(lines), flush=True)


def _signin_link(settings: Settings) -> str | None:
    db.open_store(settings)
    with db.connection():
        rep = User.get_or_none(User.email == demo.REP)
        code = issue_signin_link(rep) if rep and settings.env == "development" else None
    db.database.obj.close_all()
    return f"{settings.public_url}/signin/{code}" if code else None


def _setup_code(settings: Settings) -> str | None:
    db.open_store(settings)
    with db.connection():
        code = setup.new_code()
    db.database.obj.close_all()
    return code


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> int:
    names = _bring_up(settings)
    print(f"Ran {', '.join(names)}." if names else "The database is up to date.")
    return 0


def _drain(_arguments: argparse.Namespace, settings: Settings) -> int:
    from backend.drain import steps

    db.open_store(settings, lazy=True)
    return steps.run(settings, partial(logs.configure, settings.log_level))


def _worker(_arguments: argparse.Namespace, settings: Settings) -> int:
    from backend import worker

    return worker.run(settings)


def _playground_mail(_arguments: argparse.Namespace, settings: Settings) -> int:
    if not settings.playground:
        raise SettingsError("PLAYGROUND: switched off; set it to true to run its mail host")
    from playground import mail_host

    mail_host.main(settings)
    return 0

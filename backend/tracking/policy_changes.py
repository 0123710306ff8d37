"""Changing an organisation's policy: stored whole, with what was before in the audit log."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from backend import db
from backend.access import audit
from backend.models.org import Organization
from backend.tracking.policy_choices import Policy


def store(org_id: str, actor: str, given: Mapping[str, Any]) -> list[str]:
    """Store these choices, keep the others; the names of those that differ from what held."""
    with db.transaction():
        query = Organization.select().where(Organization.id == org_id)
        org: Organization = (query.for_update() if db.is_postgres() else query).get()
        before = dict(org.policy)
        given = {**given, **_hosts_kept(before, given)}
        held = _held(before)
        changed = [name for name, value in given.items() if held[name] != value]
        org.policy = {**before, **given}
        org.save(only=[Organization.policy])
        if changed:
            detail = {name: {"before": held[name], "after": given[name]} for name in changed}
            audit.note(org_id, actor, audit.Act("policy.changed", "organization", org_id), detail)
    return changed


def _held(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What held: where nobody has chosen, the default, which a page stores with all the rest."""
    choices = asdict(Policy.of(stored)).items()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in choices}


def _hosts_kept(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, list[str]]:
    """A tracking address that is left stays known as ours: mail that was sent points to it."""
    old = before.get("tracking_url", "")
    if not old or given.get("tracking_url", old) == old:
        return {}
    hosts = [*before.get("old_tracking_hosts", []), urlsplit(old).netloc]
    return {"old_tracking_hosts": list(dict.fromkeys(hosts))}

"""An act's details as a person is told them: what each is called, and its value in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from backend.insights import telling
from backend.insights.audit_trail import NAMED, AuditRow
from backend.web import times
from backend.web.times import Here
from backend.words import has, t

# Where a detail's name has its words; a choice of the policy has them on the page it is made on.
LABELS = ("audit_details.", "admin.policy_", "relay.", "capture.")
# Where a value of that detail has its words.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "provider": ("connections.",),
    "by": ("audit_details.by_", "connections."),
    "mode": ("connections.mode_", "notices.mode_"),
    "covers": ("audit_details.covers_", "organisation.covers_"),
    "role": ("signin.role_",),
    "scope": ("audit_details.scope_",),
    "state": ("people.proof_",),
    "kind": ("admin.kind_",),
    "left_kinds": ("admin.kind_",),
    "asked_kinds": ("admin.kind_",),
    "preset": ("admin.preset_",),
    "notice": ("admin.notice_",),
    "sharing": ("admin.sharing_",),
    "as": ("audit_details.as_",),
}
# What is said where there is none, which is a choice of its own.
EMPTY = {"notice": "admin.notice_none", "team_id": "admin.no_team"}
# How a value is told that is neither one of few nor to be said as it is.
TELLERS: Mapping[str, Callable[[str, Here], str]] = {
    "how": lambda value, here: telling.how_of(value, here.language),
    "action": lambda value, here: telling.act_of(value, here.language),
    "before": lambda value, here: times.exact(times.parse(value), here),
    "since": lambda value, here: times.day_of_year(date.fromisoformat(value), here),
    "until": lambda value, here: times.day_of_year(date.fromisoformat(value), here),
    "signature_template": lambda value, here: t(
        "audit_details.characters", here.language, n=len(value)
    ),
}


class Detail(NamedTuple):
    """One detail in words."""

    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells details; `names` are of whom and what they speak of by id (audit_trail.names_in)."""

    names: Mapping[str, str]
    here: Here

    def details_of(self, row: AuditRow) -> list[Detail]:
        """The row's details; of one that was changed also what it was before."""
        facts = dict(row.detail)
        earlier = facts.pop("before") if isinstance(facts.get("before"), dict) else {}
        return [
            Detail(
                self._label(name), self._change(name, *_was_and_is(value, earlier.get(name, value)))
            )
            for name, value in facts.items()
        ]

    def _label(self, name: str) -> str:
        key = next((f"{area}{name}" for area in LABELS if has(f"{area}{name}")), name)
        return t(key, self.here.language)

    def _change(self, name: str, before: object, after: object) -> str:
        was, told = self._value(name, before), self._value(name, after)
        if was == told:
            return told
        return t("audit_details.change", self.here.language, before=was, after=told)

    def _value(self, name: str, value: object) -> str:
        if value in (None, "") and name in EMPTY:
            return t(EMPTY[name], self.here.language)
        if isinstance(value, str) and value:
            return self._text(name, value)
        if isinstance(value, list) and value:
            return ", ".join(self._value(name, each) for each in value)
        return self._plain(value)

    def _text(self, name: str, value: str) -> str:
        language = self.here.language
        if name in NAMED:
            return self.names.get(value, t("audit_details.gone", language))
        for area in CHOICES.get(name, ()):
            if has(f"{area}{value}"):
                return t(f"{area}{value}", language)
        tell = TELLERS.get(name)
        return tell(value, self.here) if tell else value

    def _plain(self, value: object) -> str:
        language = self.here.language
        match value:
            case None:
                return t("audit_details.not_set", language)
            case "" | []:
                return t("audit_details.nothing", language)
            case bool():
                return t("people.yes" if value else "people.no", language)
            case int():
                return t("people.number", language, n=value)
        return str(value)


def _was_and_is(value: Any, earlier: Any) -> tuple[Any, Any]:
    """What was before and what is now; twice the same where nothing is said of before."""
    if isinstance(value, dict) and value.keys() == {"before", "after"}:
        return value["before"], value["after"]
    return earlier, value

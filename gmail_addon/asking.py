"""One question on its way through the add-on: who asks, about what, in which words."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from backend import clock
from backend.insights.viewer import Viewer
from backend.models.org import User
from backend.providers.google_tokens import IdTokens
from backend.settings import Settings
from backend.tracking.drafts import Host
from backend.tracking.policy import Policy, policy_of
from backend.web.permissions import EDITORS
from backend.web.times import Here
from backend.words import Language, t
from backend.words.choosing import SYSTEM, chosen
from gmail_addon.event import Event
from gmail_addon.identity import GoogleAccount, Verifier
from gmail_addon.signing import Order, Signer
from gmail_addon.widgets import Action, Button, OnClick, OpenLink, Parameter

ROOT = "/gmail-addon"
STATE = "state"  # the name of the parameter that carries a card's signed order


@dataclass(frozen=True, slots=True)
class Addon:
    """The add-on of an installation."""

    settings: Settings
    host: Host
    verifier: Verifier
    signer: Signer

    @classmethod
    def of(cls, settings: Settings, host: Host, tokens: IdTokens) -> Self:
        """The add-on that these settings describe."""
        return cls(
            settings=settings,
            host=host,
            verifier=Verifier(
                tokens, settings.gmail_addon_service_account, settings.gmail_addon_client_id
            ),
            signer=Signer.of(settings.secret),
        )

    @property
    def is_set_up(self) -> bool:
        """Whether an administrator has said whose calls are to be believed."""
        return bool(self.settings.gmail_addon_service_account and self.verifier.client_id)

    def address(self, path: str) -> str:
        """The public address of one of our paths."""
        return f"{self.settings.public_url}{path}"


@dataclass(frozen=True)
class Ask:
    """An event of a user we know; makes what every card needs: words, moments, signed buttons."""

    addon: Addon
    account: GoogleAccount = field(repr=False)
    user: User
    event: Event

    @cached_property
    def language(self) -> Language:
        """The user's choice, else Gmail's own language."""
        preference = str(self.user.preferences.get("language", SYSTEM))
        return chosen(preference, self.event.locale.replace("_", "-"))

    @cached_property
    def here(self) -> Here:
        """When, where and in which language moments are told."""
        return Here(clock.now(), self.event.zone, self.language)

    @cached_property
    def viewer(self) -> Viewer:
        """The user as insights know her."""
        user = self.user
        return Viewer(user.id, user.org_id, user.role, user.team_id)

    @cached_property
    def policy(self) -> Policy:
        """What her organisation has chosen."""
        return policy_of(self.user.org_id)

    @cached_property
    def refusal(self) -> str:
        """Why she may change nothing here, "" if she may: an auditor only looks, as elsewhere."""
        if self.user.role in EDITORS:
            return ""
        return self.t("problems.role", needed=" / ".join(sorted(EDITORS)))

    def t(self, key: str, /, **slots: object) -> str:
        """A text of the add-on, or of another area by its whole key."""
        return t(key if "." in key else f"gmail.{key}", self.language, **slots)

    def action(self, operation: str, **data: object) -> Action:
        """A call of one of our operations, which only this user can make."""
        state = self.addon.signer.sign(self.user.id, Order(operation, data))
        return Action(self.addon.address(f"{ROOT}/action"), (Parameter(STATE, state),))

    def press(self, operation: str, **data: object) -> OnClick:
        """A click that calls one of our operations."""
        return OnClick(action=self.action(operation, **data))

    def button(self, key: str, operation: str, **data: object) -> Button:
        """A button with a word of ours that calls one of our operations."""
        return Button(self.t(key), self.press(operation, **data))

    def page(self, key: str, path: str) -> Button:
        """A button that opens one of our pages."""
        return Button(self.t(key), OnClick(open_link=OpenLink(self.addon.address(path))))

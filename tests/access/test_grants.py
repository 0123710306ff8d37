"""An access token for a mailbox, by its user's grant or her organisation's, at both providers."""

import pytest

from backend import clock, db
from backend.access import connections, grants
from backend.access.grants import GRANT, SERVICE_KEY, Grants
from backend.models.mailboxes import Connection, GrantedBy, Mailbox
from backend.models.organisation_grants import OrganisationGrant
from backend.models.secrets import Secret
from backend.providers.kept import KeptGrant
from backend.providers.mail import NeedsAdmin, NeedsReauth, TryLater
from tests.fakes.provider import CLIENT_ID, SECRET, TENANT, Provider
from tests.fakes.provider_door import serving

ALICE = "alice@ours.test"
BOTH = ("google", "microsoft")


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


@pytest.fixture
def provider(tmp_path):
    made = Provider()
    with serving(made, tmp_path) as authority:
        yield made, authority


@pytest.fixture
def opening(world, safe, provider):
    """What grants open."""
    made, authority = provider
    places = {
        "google_token_url": f"{made.url}/token", "microsoft_authority": made.url,
        "graph_url": made.url, "provider_ca": authority,
    }  # fmt: skip
    return Grants(world.settings.model_copy(update=places), safe)


def mailbox_of(world, name, granted_by=GrantedBy.USER):
    alice = world.alice
    return Mailbox.create(
        org_id=alice.org_id, user_id=alice.id, provider=name, address=ALICE, granted_by=granted_by
    )


def connect(world, safe, name, secret=SECRET):
    made = Connection.create(
        org_id=world.alice.org_id, provider=name, method="user_consent", state="ready",
        client_id=CLIENT_ID, tenant=TENANT if name == "microsoft" else "ours.test",
    )  # fmt: skip
    safe.put(connections.owner(made), connections.KEPT_AS, secret)


def of_user(world, safe, provider, name, **more):
    """Alice's mailbox, with a grant of hers."""
    provider.refreshes["refresh-canary"] = {"email": ALICE}
    mailbox = mailbox_of(world, name)
    kept = KeptGrant("refresh-canary", ("Mail.Read", "openid"), **more)
    safe.put(grants.mailbox_owner(mailbox), GRANT, kept.text)
    return mailbox


def of_organisation(world, safe, provider, name):
    """Alice's mailbox, opened by her organisation."""
    grant = OrganisationGrant.create(org_id=world.alice.org_id, provider=name, state="ready")
    if name == "google":
        key = provider.directory.new_key()
        provider.directory.delegate()
        safe.put(grants.grant_owner(grant), SERVICE_KEY, key)
    return mailbox_of(world, name, GrantedBy.ORGANISATION)


@pytest.mark.parametrize("name", BOTH)
def test_a_users_grant_opens_her_mailbox_and_the_fresh_one_is_kept(
    world, safe, provider, opening, name
):
    connect(world, safe, name)
    mailbox = of_user(world, safe, provider[0], name)

    token = opening.access_token(mailbox)

    assert provider[0].tokens[token] == ALICE
    kept = KeptGrant.of(safe.get(grants.mailbox_owner(mailbox), GRANT))
    assert kept.access_token == token
    # Microsoft takes each refresh token once; Google's stays.
    assert (kept.refresh_token == "refresh-canary") is (name == "google")
    assert opening.access_token(mailbox) == token
    assert opening.access_token(mailbox, anew=True) != token


@pytest.mark.parametrize("name", BOTH)
def test_an_organisations_grant_opens_a_mailbox_and_is_asked_once(
    world, safe, provider, opening, name
):
    connect(world, safe, name)
    mailbox = of_organisation(world, safe, provider[0], name)

    token = opening.access_token(mailbox)

    known = provider[0].tokens if name == "google" else provider[0].directory.app_tokens
    assert token in known
    assert opening.access_token(mailbox) == token
    assert opening.access_token(mailbox, anew=True) != token


@pytest.mark.parametrize("name", BOTH)
def test_a_grant_that_was_withdrawn_needs_its_user(world, safe, provider, opening, name):
    connect(world, safe, name)
    mailbox = of_user(world, safe, provider[0], name)
    provider[0].revoked.append("refresh-canary")

    with pytest.raises(NeedsReauth):
        opening.access_token(mailbox)


@pytest.mark.parametrize("name", BOTH)
def test_a_client_whose_secret_is_wrong_needs_the_admin(world, safe, provider, opening, name):
    connect(world, safe, name, secret="another")

    with pytest.raises(NeedsAdmin):
        opening.access_token(of_user(world, safe, provider[0], name))


def test_an_organisations_grant_that_is_refused_needs_the_admin(world, safe, provider, opening):
    mailbox = of_organisation(world, safe, provider[0], "google")
    provider[0].directory.delegations.clear()

    with pytest.raises(NeedsAdmin) as caught:
        opening.access_token(mailbox)
    assert caught.value.code == "unauthorized_client"


def test_without_a_grant_nobody_is_asked(world, opening):
    with pytest.raises(NeedsReauth):
        opening.access_token(mailbox_of(world, "google"))
    with pytest.raises(NeedsAdmin):
        opening.access_token(mailbox_of(world, "microsoft", GrantedBy.ORGANISATION))


@pytest.mark.parametrize("name", BOTH)
def test_without_the_organisations_client_an_admin_has_to_act(world, safe, provider, opening, name):
    with pytest.raises(NeedsAdmin):
        opening.access_token(of_user(world, safe, provider[0], name))


def test_a_provider_that_is_away_is_tried_later(world, safe, provider, opening):
    connect(world, safe, "microsoft")
    provider[0].token_answer = "cut"

    with pytest.raises(TryLater):
        opening.access_token(of_user(world, safe, provider[0], "microsoft"))


def test_a_token_that_ends_soon_is_renewed(world, safe, provider, opening):
    connect(world, safe, "google")
    soon = int(clock.wall().timestamp()) + 60
    mailbox = of_user(world, safe, provider[0], "google", access_token="old", expires_at=soon)

    assert opening.access_token(mailbox) != "old"


class Meanwhile(dict):
    """Refresh tokens of a provider at which something happens while it answers."""

    def happens(self, what):
        self.what = what
        return self

    def _do(self):
        what, self.what = self.what, lambda: None
        with db.connection():
            what()

    def pop(self, *key):
        self._do()
        return super().pop(*key)

    def get(self, *key):
        self._do()
        return super().get(*key)


@pytest.mark.parametrize("name", BOTH)
def test_a_grant_that_is_dropped_while_it_is_renewed_stays_dropped(
    world, safe, provider, opening, name
):
    connect(world, safe, name)
    mailbox = of_user(world, safe, provider[0], name)
    whose = grants.mailbox_owner(mailbox)
    provider[0].refreshes = Meanwhile(provider[0].refreshes).happens(lambda: safe.drop(whose))

    with pytest.raises(NeedsReauth):
        opening.access_token(mailbox)

    assert not safe.has(whose, GRANT)


@pytest.mark.parametrize("name", BOTH)
def test_a_new_consent_outlives_a_renewal_of_the_old_one(world, safe, provider, opening, name):
    connect(world, safe, name)
    mailbox = of_user(world, safe, provider[0], name)
    whose = grants.mailbox_owner(mailbox)
    anew = KeptGrant("refresh-anew", ("Mail.Read", "Contacts.Read", "openid"))
    provider[0].refreshes["refresh-anew"] = {"email": ALICE}
    provider[0].refreshes = Meanwhile(provider[0].refreshes).happens(
        lambda: safe.put(whose, GRANT, anew.text)
    )

    token = opening.access_token(mailbox)

    kept = KeptGrant.of(safe.get(whose, GRANT))
    assert (kept.scopes, kept.access_token) == (anew.scopes, token)


def test_of_two_that_renew_at_once_both_get_a_token(world, safe, provider, opening):
    connect(world, safe, "microsoft")
    mailbox = of_user(world, safe, provider[0], "microsoft")
    first = []
    provider[0].refreshes = Meanwhile(provider[0].refreshes).happens(
        lambda: first.append(opening.access_token(mailbox))
    )

    assert opening.access_token(mailbox) == first[0]


def test_another_key_is_another_grant(world, safe, provider, opening):
    mailbox = of_organisation(world, safe, provider[0], "google")
    before = opening.access_token(mailbox)

    OrganisationGrant.update(updated_at=clock.now()).execute()

    assert opening.access_token(mailbox) != before


@pytest.mark.parametrize(
    ("why", "changes", "code"),
    [
        ("it reaches too far", {"state": "faulty", "reason": "too_wide"}, "too_wide"),
        ("it was changed and not tried since", {"state": "new", "reason": ""}, "not_tested"),
    ],
)
def test_an_organisations_grant_opens_nothing_before_a_good_test(
    world, safe, provider, opening, why, changes, code
):
    mailbox = of_organisation(world, safe, provider[0], "google")
    OrganisationGrant.update(changes).execute()

    with pytest.raises(NeedsAdmin) as caught:
        opening.access_token(mailbox)
    assert caught.value.code == code, why


@pytest.mark.parametrize("whose", [of_user, of_organisation])
def test_a_secret_that_does_not_open_is_an_admins_to_mend(world, safe, provider, opening, whose):
    connect(world, safe, "google")
    mailbox = whose(world, safe, provider[0], "google")
    Secret.update(envelope="v1.gone.AAAA").execute()

    with pytest.raises(NeedsAdmin) as caught:
        opening.access_token(mailbox)
    assert caught.value.code == "secret_unopened"

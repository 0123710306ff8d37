"""Who gets in where: every route against every kind of caller, from one table.

A new route fails here until it is placed in PLACES; create_app refuses one that declares nothing.
"""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Blueprint, Flask

from backend import clock
from backend.errors import SettingsError
from backend.models.access import (
    Proof,
    Scope,
    caller_of_session,
    caller_of_token,
    issue_signin_link,
    open_session,
    open_session_of,
    user_awaiting_code,
)
from backend.models.org import ApiToken, Session, User
from backend.models.senders import Choices, add_sender
from backend.settings import Settings
from backend.web.permissions import (
    ATTRIBUTE,
    CSRF_HEADER,
    FRESH,
    PUBLIC,
    allow,
    csrf_token,
    require_declared,
)
from tests.processes import ROOT
from tests.world import SECRET, bearer

PLACES = {
    "public": """files.show docs.document docs.page health.alive health.ready health.metrics
        signin.how signin.by_link signin.by_password signin.ask_code signin.by_code
        oauth.sign_in oauth.arrive recipient_help.show setup.ask setup.make
        welcome.ask welcome.accept welcome.ask_address welcome.send_link
        console.home console.console playground.page
        playground_outlook.page playground_outlook.office
        pairing.start pairing.poll pairing.exchange
        addin.taskpane addin.events_page addin.events_script addin.asset addin.versioned
        addin.help_page addin.manifest addin.allowed webhooks.graph webhooks.gmail
        gmail_addon.show_home gmail_addon.show_message gmail_addon.show_compose
        gmail_addon.show_settings gmail_addon.act gmail_addon.show_icon
        playground_google_oauth.describe playground_google_oauth.show_keys
        playground_google_oauth.token playground_google_oauth.revoke
        playground_google_people.list_connections playground_google_calendar.list_events
        playground_google_calendar.show_event playground_google_calendar.list_instances
        playground_gmail_sync.show_profile playground_gmail_sync.list_messages
        playground_gmail_sync.list_history playground_gmail_sync.send
        playground_gmail_api.show_message playground_gmail_api.list_drafts
        playground_gmail_api.show_draft playground_gmail_api.update_draft
        playground_gmail_api.send_draft""",
    "read": """outlook_page.page playground_outlook.show stamps.preview outlook.handler
        stamps.index stamps.show stamps.show_history stamps.note_self_view feed.index
        feed.see feed.show_untracked people.index people.lookup people.show preferences.change
        people_merges.show_duplicates people_merges.show_merges
        people_imports.index people_imports.show people_imports.show_preview
        people_insights.show_timeline people_insights.show_metrics people_insights.show_accounts
        people_insights.show_account people_insights.show_account_metrics
        people_pages.index people_pages.show people_pages.accounts people_pages.show_account
        people_import_pages.show mailbox_progress.index
        console.show_feed console.show_sent console.show_mail console.choose_theme
        console.show_search search.index
        gmail_link.show_link playground_gmail.show
        playground.show playground.body playground_calls.show_state
        playground_calls.show_mail playground_calls.foresee""",
    "stamp": "stamps.create stamps.confirm outlook.add_run outlook.signature",
    "write": """playground_outlook.send stamps.stop people.change people_files.import_people
        people_merges.merge people_merges.undo people_imports.upload people_imports.choose
        people_imports.start people_imports.drop people_forms.add people_forms.change
        people_forms.set_tracking people_forms.set_consent people_forms.merge people_forms.undo
        people_forms.ask_new people_forms.ask_change people_forms.ask_merge
        people_import_pages.index people_import_pages.upload people_import_pages.act
        people_import_pages.drop
        playground_calls.send playground_calls.play playground_calls.move_clock
        playground_calls.write_back
        playground_calls.trouble_google
        gmail_link.accept_link
        playground_gmail_calls.relay_event playground_gmail_desk.send
        playground_gmail_desk.keep playground_gmail_desk.discard playground_gmail_desk.arrive
        pair.ask pair.show pair.decide
        console.stop_mail messages.share message_pages.share_page
        unresolved.choose unresolved_pages.choose_page unresolved_pages.add_page
        unresolved_pages.ignore_page""",
    "own": """own_account.change oauth.link oauth.unlink
        recipient_help.share mailboxes.index mailboxes.connect mailboxes.bring_contacts
        mailboxes.change exclusions.own_index exclusions.own_add exclusions.own_show
        exclusions.own_purge exclusions.own_remove why.ask
        playground_google_consent.ask playground_google_consent.decide""",
    "admin": """admin_people.index admin_people.invite admin_people.show admin_people.place
        admin_people.transfer admin_people.act admin_people.add_team admin_people.remove_team
        admin_connections.index admin_connections.show admin_connections.save
        admin_connections.test admin_connections.pilot
        admin_health.show admin_health.sync_now admin_health.ask
        admin_loop.show admin_connections.loop
        admin_policy.show admin_policy.save admin_policy.preview
        admin_notices.show admin_notices.save admin_notices.test admin_notices.end
        admin_organisation.show admin_organisation.save admin_organisation.test
        admin_organisation.consent admin_organisation.people admin_organisation.end
        admin_policy.check_host admin_policy.preview_retention
        admin_phone.show admin_phone.save admin_phone.look admin_phone.look_at_draft
        exclusions.all_index exclusions.all_add exclusions.all_show exclusions.all_purge
        exclusions.all_remove exclusions.save_policy
        admin_senders.index admin_senders.add admin_senders.show
        admin_senders.change admin_senders.remove admin_senders.save_policy
        request_pages.ask request_pages.show request_pages.copy request_pages.erase_by_page
        request_pages.show_erasure request_pages.lift_by_page
        outlook.coverage""",
    "audit": "admin_audit.start admin_audit.index admin_audit.export",
    "enrol": """own_account.show own_account.ask_confirm own_account.confirm
        own_account.change_password own_account.begin_factor own_account.confirm_factor""",
    "full": """people_files.export_people people_imports.show_failed own_access.index
        own_access.make own_access.revoke own_access.show_sessions own_access.end
        people_pages.export people_import_pages.download_failed preferences_pages.show
        preferences_pages.store preferences_pages.make_token preferences_pages.revoke
        preferences_pages.end_session messages.show unresolved.show
        message_pages.show_page unresolved_pages.index""",
    "manage": """senders.index senders.add senders.change senders.remove
        requests.look requests.take_copy requests.erase requests.index requests.show_one
        requests.lift""",
    "note": "people.add",
    "any": "preferences.me preferences.show signin.out outlook.disconnect",
}
IN = "in"
Cells = dict[str, str | int]
CONSOLE: Cells = dict.fromkeys(("own", "enrol", "admin", "audit"), 403)  # they take no token
ALL: Cells = {**dict.fromkeys(PLACES, IN), **CONSOLE}
WHOLE: Cells = ALL | {"own": IN, "enrol": IN}
NO_ADMIN: Cells = ALL | {"manage": 403}
STRANGER: Cells = dict.fromkeys(PLACES, 401) | {"public": IN}

# Who comes: what the answer is for each kind of route.
CALLERS: dict[str, Cells] = {
    "nobody": STRANGER,
    "a forged token": STRANGER,
    "a revoked token": STRANGER,
    "a disabled user's token": STRANGER,
    "a disabled user's session": STRANGER,
    "an ended session": STRANGER,
    "an expired session": STRANGER,
    "a token in the address": STRANGER,
    "a read token": NO_ADMIN | {"stamp": 403, "write": 403, "full": 403},
    "a stamp token": NO_ADMIN | {"read": 403, "write": 403, "note": 403, "full": 403},
    "an api token": NO_ADMIN,
    "a manager's api token": NO_ADMIN,
    "an admin's api token": ALL,
    "another organisation's api token": NO_ADMIN,
    "an auditor's api token": NO_ADMIN | {"stamp": 403, "write": 403, "note": 403},
    "an auditor's read token": NO_ADMIN | {"stamp": 403, "write": 403, "note": 403, "full": 403},
    "an auditor's stamp token": NO_ADMIN
    | {"read": 403, "stamp": 403, "write": 403, "note": 403, "full": 403},
    "a session": WHOLE | {"manage": 403},
    "a manager's session": WHOLE | {"manage": 403},
    "an admin's session": WHOLE | {"admin": IN, "audit": IN},
    "an auditor's session": WHOLE
    | {"manage": 403, "audit": IN, "stamp": 403, "write": 403}
    | {"note": 403},
    "an admin's session without a second factor": dict.fromkeys(PLACES, 403)
    | {"public": IN, "any": IN, "enrol": IN},
    "half a session, whose code is to come": STRANGER,
    # For these two only what changes something is forbidden.
    "a session without its CSRF token": WHOLE | {"manage": 403},
    "a session from another site": WHOLE | {"manage": 403},
}
CROSS_SITE = frozenset(list(CALLERS)[-2:])


@pytest.fixture(scope="module")
def database_url():
    return ""  # who gets in is decided before any query that differs


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    # On a port where nothing listens, so that what the playground would send ends at once.
    return Settings(data_dir=tmp_path_factory.mktemp("data"), secret=SECRET, port=1, smtp_port=9)


@pytest.fixture
def cells(app, calls):
    """(caller, endpoint, method, answer) for every route and every kind of caller."""
    return [cell for caller in CALLERS for cell in asked_by(app, caller, calls)]


@pytest.fixture
def calls(app, client, world):
    """(endpoint, method, address) of every route."""
    ids = {"id": world.stamp().id, "stamp_id": world.stamp().id, "what": "sessions"}
    ids |= {"user_id": world.alice.id, "team_id": world.alice.team_id}
    ids |= {"step": "sign_out", "kind": "csv", "provider": "google"}
    ids |= {"person_id": world.people["carol"].id, "account_id": clock.new_id()}
    ids |= dict.fromkeys(("exclusion_id", "message_id", "test_id", "erasure_id"), clock.new_id())
    ids |= dict.fromkeys(("merge_id", "import_id", "token_id", "session_id"), clock.new_id())
    ids |= {"sender_id": _program(world)}
    ids |= {"connection_id": clock.new_id(), "mailbox_id": clock.new_id(), "move": "pause"}
    return [
        (rule.endpoint, method, address(app, rule, ids))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def _program(world):
    choices = Choices("", world.alice.id, opens=True, links=True, per_recipient=True)
    return add_sender(world.alice.org_id, "ada", "alerts@ours.test", choices).id


def address(app, rule, ids):
    values = {name: ids.get(name, "x") for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def asked_by(app, caller, calls):
    """The caller's cells; a session or token that a call has ended is made anew for the next."""
    come = credentials(app, caller)
    known = known_as(come)
    for endpoint, method, path in calls:
        yield caller, endpoint, method, ask(app, caller, come, method, path)
        if known_as(come) != known:
            come = credentials(app, caller)


def ask(app, caller, come, method, path):
    headers, cookie = come
    if caller == "a token in the address":
        path += "?access_token=" + headers["Authorization"].split()[1]
        headers = {}
    with app.test_client() as browser:
        if cookie:
            browser.set_cookie("telltale_session", cookie)
        return browser.open(path, method=method, headers=headers)


def known_as(come):
    """Whom these credentials show by their session or token; nobody if they show none."""
    headers, cookie = come
    if cookie:
        found = caller_of_session(cookie)
        whole = found and replace(found, session_id=None, proven_at=None)
        return whole or user_awaiting_code(cookie)
    return caller_of_token(headers.get("Authorization", "").removeprefix("Bearer "))


def credentials(app, caller):
    """Headers and cookie of a caller."""
    if "session" in caller:
        return session_of(app, caller)
    if caller == "nobody":
        return {}, None
    if caller == "a forged token":
        return {"Authorization": f"Bearer tt_api_{'x' * 43}"}, None
    scope = next((scope for scope in Scope if f"{scope} token" in caller), Scope.API)
    return bearer(user_of(caller), scope) | revoked(caller), None


def revoked(caller):
    if caller == "a revoked token":
        ApiToken.update(revoked_at=clock.now()).execute()
    return {}


def session_of(app, caller):
    proof = Proof(
        has_second_factor="without a second factor" not in caller, awaits_code="half" in caller
    )
    text = open_session_of(user_of(caller), proof)
    session_id = Session.select().order_by(Session.created_at.desc()).first().id
    if caller == "an ended session":
        Session.update(ended_at=clock.now()).execute()
    if caller == "an expired session":
        Session.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    headers = {}
    if caller != "a session without its CSRF token":
        with app.app_context():
            headers[CSRF_HEADER] = csrf_token(session_id)
    if caller == "a session from another site":
        headers["Origin"] = "http://evil.test"
    return headers, text


def user_of(caller):
    for words, name in (
        ("manager", "mika"),
        ("admin", "ada"),
        ("another organisation", "mallory"),
        ("auditor", "vera"),
        ("disabled", "ben"),
    ):
        if words in caller:
            return User.get_or_none(User.name == name) or newcomer(name)
    return User.get(User.name == "alice")


def newcomer(name):
    alice = User.get(User.name == "alice")
    return User.create(
        org_id=alice.org_id,
        email=f"{name}@ours.test",
        name=name,
        role="auditor" if name == "vera" else "rep",
        is_disabled=name == "ben",
    )


def expected(caller, endpoint, method):
    place = next(place for place, names in PLACES.items() if endpoint in names.split())
    if caller in CROSS_SITE and method != "GET" and place != "public":
        return 403
    return CALLERS[caller][place]


def outcome(answer, method, *, is_public):
    sent_to = answer.headers.get("Location")
    if sent_to == "/signin" and method == "GET" and not is_public:
        return 401
    if sent_to == "/console/account/factor" and not is_public:
        return 403
    if is_public and answer.status_code in {401, 403}:  # these check what a form holds
        return IN
    return answer.status_code if answer.status_code in {401, 403, 500} else IN


def test_every_route_lets_in_whom_the_table_says(cells):
    public = PLACES["public"].split()

    wrong = [
        (caller, method, endpoint, answer.status_code)
        for caller, endpoint, method, answer in cells
        if outcome(answer, method, is_public=endpoint in public)
        != expected(caller, endpoint, method)
    ]

    assert wrong == []
    assert len(cells) >= 400


def test_every_route_has_its_place(app):
    placed = Counter(name for names in PLACES.values() for name in names.split())

    assert set(placed) == {rule.endpoint for rule in app.url_map.iter_rules()}
    assert max(placed.values()) == 1


# What is asked for anew ten minutes after signing in: another's or one's own way in, keys, whose
# mail is reached, what goes out of the house, what goes for good. Source: CASA 2.3.4, ASVS 7.5.
DANGEROUS = """
    admin_audit.export admin_connections.save admin_organisation.save
    admin_organisation.end admin_organisation.people admin_organisation.consent
    admin_notices.save admin_notices.end
    admin_people.invite admin_people.act admin_people.place admin_people.transfer
    admin_phone.save admin_policy.save admin_senders.add admin_senders.change
    admin_senders.remove admin_senders.save_policy exclusions.all_add exclusions.all_purge
    exclusions.all_remove exclusions.own_purge exclusions.save_policy
    oauth.link oauth.unlink own_access.make preferences_pages.make_token
    people_files.export_people people_pages.export senders.add senders.change senders.remove
    request_pages.copy request_pages.erase_by_page request_pages.lift_by_page requests.erase
    requests.lift requests.take_copy
"""


def test_every_dangerous_act_asks_who_one_is_after_ten_minutes(app, calls, world):
    signed_in_at = clock.wall()
    come = credentials(app, "an admin's session")
    headers = come[0] | {"Referer": "http://localhost/console/mailboxes"}
    with time_machine.travel(signed_in_at + FRESH + timedelta(seconds=1), tick=False):
        told = {
            endpoint: ask(app, "", (headers, come[1]), method, path)
            for endpoint, method, path in calls
            if getattr(app.view_functions[endpoint], ATTRIBUTE).is_dangerous
        }

    assert sorted(told) == sorted(DANGEROUS.split())
    for endpoint, answer in told.items():
        if answer.status_code == 403:
            assert answer.json["type"].endswith("confirm-needed"), endpoint
        else:
            back = "/console/confirm?next=%2Fconsole%2Fmailboxes"
            assert answer.headers["Location"] == back, endpoint


def test_a_route_without_a_permission_stops_the_start():
    app = Flask("toy")
    toys = Blueprint("toys", "toy")
    toys.get("/open")(allow(PUBLIC)(lambda: "open"))
    toys.get("/closed", endpoint="closed")(lambda: "closed")
    app.register_blueprint(toys)

    with pytest.raises(SettingsError, match=r"toys\.closed"):
        require_declared(app)


def test_create_app_asks_for_the_permissions(tmp_path):
    program = (
        "from pathlib import Path\n"
        "from backend.app import create_app\n"
        "from backend.settings import Settings\n"
        "from backend.web import health\n"
        "health.pages.get('/forgotten', endpoint='forgotten')(lambda: '')\n"
        f"create_app(Settings(data_dir=Path({str(tmp_path)!r}), secret={SECRET!r}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert "Routes without a permission: health.forgotten" in done.stderr


MAIL = (
    ("GET", "/api/v1/stamps/{id}"),
    ("GET", "/api/v1/stamps/{id}/history"),
    ("PUT", "/api/v1/stamps/{id}/sent"),
    ("POST", "/api/v1/stamps/{id}/self-view"),
    ("DELETE", "/api/v1/stamps/{id}"),
    ("GET", "/console/mail/{id}"),
)


@pytest.mark.req("R41")
@pytest.mark.parametrize("name", ["mallory", "bob", "ada"])
def test_a_foreign_mail_looks_like_an_unknown_one(client, world, name):
    headers = bearer(world.users[name])
    known, unknown = world.stamp().id, clock.new_id()

    for method, path in MAIL:
        foreign, none = (
            client.open(path.format(id=each), method=method, headers=headers, json={})
            for each in (known, unknown)
        )

        assert (foreign.status_code, foreign.data) == (404, none.data), path
        assert dict(foreign.headers) == dict(none.headers)


@pytest.mark.req("R41")
def test_a_manager_sees_her_teams_mail_and_changes_none_of_it(client, world):
    headers = bearer(world.users["mika"])
    known = world.stamp().id

    statuses = [
        client.open(path.format(id=known), method=method, headers=headers, json={}).status_code
        for method, path in MAIL
    ]

    assert statuses == [200, 200, 404, 404, 404, 200]


def test_a_disabled_user_is_out_at_once(client, world, as_alice):
    text = open_session(issue_signin_link(world.alice))
    assert text
    assert client.get("/api/v1/me", headers=as_alice).status_code == 200

    User.update(is_disabled=True).where(User.id == world.alice.id).execute()

    assert client.get("/api/v1/me", headers=as_alice).status_code == 401
    assert caller_of_session(text) is None


def test_who_one_is_cannot_be_said_in_a_body(client, world, as_alice):
    answer = client.put(
        "/api/v1/preferences", headers=as_alice, json={"role": "admin", "org_id": "x"}
    )

    assert answer.status_code == 422
    assert client.get("/api/v1/me", headers=as_alice).json["role"] == "rep"


def test_a_token_says_when_it_was_used_last_without_a_write_each_time(client, world, as_alice):
    client.get("/api/v1/me", headers=as_alice)
    (first,) = [row.last_used_at for row in ApiToken.select()]
    client.get("/api/v1/me", headers=as_alice)

    assert [row.last_used_at for row in ApiToken.select()] == [first]
    assert first is not None

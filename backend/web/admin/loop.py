"""The last step of a connection: one mail goes the whole way, and the page tells each step."""

from datetime import timedelta

from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from backend import clock
from backend.access import audit, mailboxes
from backend.access.connections import find
from backend.access.flows import Arrival
from backend.capture.loop_runs import TOKEN, owner
from backend.errors import NotFound
from backend.insights import feed
from backend.models import loop_tests
from backend.models.loop_tests import LoopState, LoopTest, Note, Step
from backend.models.org import User
from backend.providers import probe
from backend.providers.faults import Refused
from backend.tracking.drafts import Host
from backend.tracking.policy import policy_of
from backend.web import doors, reader, screens, travels
from backend.web.callers import viewer
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, allow, caller

pages = Blueprint("admin_loop", __name__)
screens.prepare(pages)

LATE = timedelta(seconds=20)  # a worker looks each second


@pages.get("/console/admin/connections/<any(google,microsoft):provider>/loop/<id:test_id>")
@allow(ADMIN)
def show(provider: str, test_id: str) -> Response:
    """How far the test is; while it runs the page looks again by itself."""
    test = _test(provider, test_id)
    notes = {note.step: note for note in test.notes}
    page = render_template(
        "admin/loop.html",
        test=test,
        provider=provider,
        steps=[(step, notes.get(step)) for step in Step],
        rows=_rows(test),
        delays=_delays(notes),
        is_late=test.state == LoopState.DUE and clock.now() - test.created_at > LATE,
        tracking_url=_tracking_url(),
    )
    return Response(page)


def begin(arrival: Arrival) -> AnyResponse:
    """Let the worker run a test with the mailbox that was consented to. Raises Refused, Away."""
    connection, grant = arrival.connection, arrival.grant
    lacking = probe.missing(connection.provider, grant, sends=True)
    if lacking:
        raise Refused("unticked", ", ".join(lacking))
    clients = travels.clients()
    client, api = clients.of(connection), clients.api_of(connection.provider)
    address = mailboxes.normal(probe.address_of(client, api, grant.access_token))
    user: User = User.get_by_id(arrival.user_id)
    test = LoopTest(
        org_id=connection.org_id,
        connection_id=connection.id,
        user_id=user.id,
        address=address,
        language=reader.language(),
    )
    clients.safe.put(owner(test), TOKEN, grant.access_token)
    test.save(force_insert=True)
    audit.note(test.org_id, user.email, audit.Act("loop.started", "loop_test", test.id))
    return lead_to(f"/console/admin/connections/{connection.provider}/loop/{test.id}")


def latest(provider: str) -> LoopTest | None:
    """The newest test of the caller's connection to a provider; None before the first."""
    connection = find(caller().org_id, provider)
    return loop_tests.latest(connection.id) if connection else None


def _test(provider: str, test_id: str) -> LoopTest:
    """That test of the caller's connection. Raises NotFound."""
    connection = find(caller().org_id, provider)
    found: LoopTest | None = LoopTest.get_or_none(
        LoopTest.id == test_id, LoopTest.connection_id == (connection.id if connection else None)
    )
    if found is None:
        raise NotFound("loop.no_test")
    return found


def _tracking_url() -> str:
    host = Host.of(doors.the_settings())
    return host.under(policy_of(caller().org_id)).tracking_url


def _delays(notes: dict[str, Note]) -> dict[str, int]:
    """Milliseconds from sending to arrival, from the last hit to the Feed, and over all."""
    took = {step: note.took_ms for step, note in notes.items()}
    return {
        "mail": took.get(Step.SEND, 0) + took.get(Step.FIND, 0),
        "feed": took.get(Step.FEED, 0),
        "all": sum(took.values()),
    }


def _rows(test: LoopTest) -> list[dict[str, object]]:
    """What the Feed of whoever made the test shows of its mail; others see no mail of hers."""
    who = viewer()
    if test.user_id != who.user_id or not test.stamp_id:
        return []
    return feed.page(who, feed.FeedQuery(stamp=test.stamp_id, include_automatic=True)).items

"""Somebody outside of whom there is a row of every kind, for the tests of this room."""

from backend import clock, db
from backend.models.mailboxes import Exclusion
from backend.models.people import Person
from backend.people import merging
from backend.people.values import Actor
from backend.tracking.facts import Kind
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import Report, Taking, sent_copy
from tests.world import CAROL, DANA, hit, record

SECRET_WORDS = "the words between us"
TO_BOTH = "the words to both"


def fill(world):
    """Everything of carol's: mail to her alone and with dana, meetings, files, refusals."""
    org_id, alice = world.alice.org_id, world.alice
    mailbox = mailbox_of(alice)
    take = Taking()
    alone = world.send(CAROL)
    both = world.send(CAROL, "erik@harbour.test", per_recipient=True, subject="To both")
    record(
        hit(world.open_token(alone)),
        hit(world.click_token(alone), Kind.CLICK, after=90),
        hit(world.open_token(both, CAROL), after=120),
        hit(world.open_token(both, "erik@harbour.test"), after=130, reader="erik"),
    )
    take(mailbox, sent_copy(alone), is_sent=True)
    take(mailbox, letter(CAROL, message_id="<hers@n.test>", text=SECRET_WORDS))
    cc = {"Cc": f"Carol <{CAROL}>"}
    take(mailbox, letter(DANA, headers=cc, message_id="<d@h.test>", text=TO_BOTH))
    take(mailbox, Report())
    take_meeting(mailbox, 1)
    actor = Actor(org_id, alice.email)
    other = Person.create(
        org_id=org_id, kind="contact", name="C. Again", source="csv", external_id="c2"
    )
    merging.merge(actor, world.people["carol"].id, other.id)
    Exclusion.create(org_id=org_id, user_id=alice.id, kind="address", value=CAROL)
    _rows(world, mailbox)
    return alone, both


def _rows(world, mailbox):
    org_id, carol_id, now = world.alice.org_id, world.people["carol"].id, clock.now()
    for table, row in {
        "consent_record": {
            "id": clock.new_id(), "person_id": carol_id, "address": CAROL, "state": "granted",
            "how": "form", "actor": "recipient", "occurred_at": now,
        },
        "suppression": {
            "id": clock.new_id(), "address": CAROL, "reason": "unsubscribed", "created_at": now,
        },
        "book_entry": {
            "mailbox_id": mailbox.id, "provider_id": "b1", "person_id": carol_id, "rule": "added",
            "digest": "d", "written": db.dumps({"addresses": [CAROL]}), "generation": 1,
        },
        "address_choice": {
            "address": CAROL, "person_id": carol_id, "actor": "alice", "chosen_at": now,
        },
        "people_import": {
            "id": "00000000-0000-7000-8000-00000000000a", "user_id": world.alice.id,
            "file_name": "f.csv", "kind": "csv", "size_bytes": 1, "state": "done",
            "header": "[]", "mapping": "[]", "created_at": now,
        },
        "people_import_fault": {
            "import_id": "00000000-0000-7000-8000-00000000000a", "row_number": 2,
            "reason": "no", "cells": db.dumps(["C", f"x@y.test; {CAROL.upper()}"]),
        },
    }.items():  # fmt: skip
        values = {"org_id": org_id, **row}
        marks = ", ".join(["%s"] * len(values))
        db.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()]
        )
    token = db.one("SELECT pixel_token FROM stamp_copy WHERE address = %s", [CAROL])[0]
    db.execute(
        "INSERT INTO set_aside_hit (id, hit, reason, set_aside_at) VALUES (%s, %s, %s, %s)",
        [clock.new_id(), f"RawHit(token='{token}')", "ValueError: odd", now],
    )

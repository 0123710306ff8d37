"""An act's details are told in words, whatever act it is and whoever reads it."""

from datetime import UTC, datetime

import pytest

from backend.access import audit
from backend.access.connections import Keys, save
from backend.access.members import Admin
from backend.access.safe import Safe
from backend.insights import audit_trail
from backend.insights.audit_trail import AuditQuery, AuditRow
from backend.models.org import Team
from backend.providers.vault import open_vault
from backend.tracking.policy_choices import Policy
from backend.web.admin.audit_details import LABELS, Teller
from backend.web.times import Here
from backend.words import CATALOGUES, Language, has
from tests.web.browsing import browser_of

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CAROL, NORTH, EVE = "c" * 36, "n" * 36, "e" * 36
NAMES = {CAROL: "Carol Castillo", NORTH: "North", EVE: "eve@ours.test"}

# What is written down of each act, and how it is told in both languages.
TOLD = [
    ("audit.exported", {"action": "user.invited", "until": "2026-03-01", "as": "csv"},
     "Action: Invited a user · Until: 1 March 2026 · As: a table (CSV)",
     "Aktion: Benutzer eingeladen · Bis: 1. März 2026 · Als: Tabelle (CSV)"),
    ("automated_sender.added", {"address": "crm@ours.test", "opens": True, "links": False},
     "Address: crm@ours.test · Opens: Yes · Links: No",
     "Adresse: crm@ours.test · Öffnungen: Ja · Links: Nein"),
    ("connection.saved",
     {"provider": "google", "client_id": "7.apps", "tenant": "", "new_secret": True},
     "Provider: Google · Client id: 7.apps · Domain or directory: none · New client secret: Yes",
     "Anbieter: Google · Client-ID: 7.apps · Domain oder Verzeichnis: leer"
     " · Neues Clientgeheimnis: Ja"),
    ("exclusion.purge_asked", {"value": "law.test", "scope": "organization", "mails": 1234},
     "Address or domain: law.test · For whom: for everybody · Mails: 1,234",
     "Adresse oder Domain: law.test · Für wen: für alle · E-Mails: 1.234"),
    ("gmail_notices.saved", {"mode": "pull", "topic": "projects/a/topics/b", "new_key": False},
     "How: Telltale pulls them · Topic: projects/a/topics/b · New key: No",
     "Wie: Telltale holt sie ab · Thema: projects/a/topics/b · Neuer Schlüssel: Nein"),
    ("identity.linked", {"provider": "microsoft", "is_way_in": True},
     "Provider: Microsoft · Signs in with it: Yes",
     "Anbieter: Microsoft · Meldet sich damit an: Ja"),
    ("mailbox.capture", {"provider": "google", "mode": "headers"},
     "Provider: Google · How: Only who and when",
     "Anbieter: Google · Wie: Nur wer und wann"),
    ("mailbox.contacts", {"provider": "google", "on": True},
     "Provider: Google · Brought in: Yes", "Anbieter: Google · Wird übernommen: Ja"),
    ("mailbox.disconnected", {"provider": "google", "erased": False, "revoked": True},
     "Provider: Google · Deleted what it had brought: No · Withdrawn at the provider: Yes",
     "Anbieter: Google · Erfasstes gelöscht: Nein · Beim Anbieter zurückgenommen: Ja"),
    ("mailbox.reach", {"provider": "google", "months": 12},
     "Provider: Google · Months: 12", "Anbieter: Google · Monate: 12"),
    ("organisation_grant.covers", {"provider": "google", "covers": "chosen", "chosen": 3},
     "Provider: Google · Whose mailboxes: those chosen · People chosen: 3",
     "Anbieter: Google · Wessen Postfächer: Ausgewählte"
     " · Ausgewählte Personen: 3"),
    ("organisation_grant.saved", {"provider": "google", "pilot": "a@b.test", "new_key": True},
     "Provider: Google · Mailbox to test with: a@b.test · New key: Yes",
     "Anbieter: Google · Postfach für den Test: a@b.test · Neuer Schlüssel: Ja"),
    ("people.address_book", {"added": 4, "filled": 2, "left_out": 0},
     "Added: 4 · Filled in: 2 · Left out: 0", "Neu: 4 · Ergänzt: 2 · Ausgelassen: 0"),
    ("people.export",
     {"people": 9, "kind": "lead", "owner": EVE, "account": NORTH, "do_not_track": True,
      "is_searched": True},
     "People: 9 · Kind: Leads · Owner: eve@ours.test · Company: North · Do Not Track: Yes"
     " · Found by a search: Yes",
     "Personen: 9 · Art: Leads · Zuständig: eve@ours.test · Firma: North · Do Not Track: Ja"
     " · Über eine Suche gefunden: Ja"),
    ("people.import", {"rows": 5, "added": 1, "updated": 1, "unchanged": 2, "failed": 1},
     "Rows: 5 · Added: 1 · Changed: 1 · Unchanged: 2 · Failed: 1",
     "Zeilen: 5 · Neu: 1 · Geändert: 1 · Unverändert: 2 · Fehlgeschlagen: 1"),
    ("person.consent", {"state": "denied", "how": "by hand"},
     "What was said: Refused · How it is known: by hand",
     "Was gesagt wurde: Abgelehnt · Woher bekannt: von Hand"),
    ("person.consent", {"state": "do_not_track", "how": "told me on the phone"},
     "What was said: Do Not Track set · How it is known: told me on the phone",
     "Was gesagt wurde: Do Not Track gesetzt · Woher bekannt: told me on the phone"),
    ("person.merge", {"merged_id": CAROL},
     "The other record: Carol Castillo", "Der andere Eintrag: Carol Castillo"),
    ("person.merge_undone", {"merged_id": "0" * 36},
     "The other record: no longer here", "Der andere Eintrag: nicht mehr vorhanden"),
    ("policy.changed",
     {"preset": {"before": "inform", "after": "strict"},
      "retention_days": {"before": None, "after": 90},
      "notice": {"before": "", "after": "block"},
      "left_domains": {"before": [], "after": ["a.test", "b.test"]},
      "signature_template": {"before": "", "after": "<b>Hello</b>"},
      "keeps_automated": {"before": False, "after": True}},
     "How much is measured: Inform → Ask first"
     " · Days that mail and its hits are kept: not set → 90"
     " · Where recipients are told: Not stated yet → A line that stamping adds below the mail,"
     " with a link to refuse"
     " · Domains: none → a.test, b.test · Text of the signature on phones: none → 12 characters"
     " · Capture automated mail too: No → Yes",
     "Wie viel gemessen wird: Informieren → Erst fragen"
     " · Tage, die E-Mails und ihre Abrufe aufbewahrt werden: nicht gesetzt → 90"
     " · Wo informiert wird: Noch nicht angegeben → Eine Zeile, die unter die E-Mail gesetzt wird,"
     " mit einem Link zum Ablehnen"
     " · Domains: leer → a.test, b.test · Text der Signatur auf Telefonen: leer → 12 Zeichen"
     " · Auch automatische E-Mails erfassen: Nein → Ja"),
    ("privacy.erasure_asked", {"reference": "4711"}, "Reference: 4711", "Zeichen: 4711"),
    ("privacy.erasure_lifted", {"reference": "4711"}, "Reference: 4711", "Zeichen: 4711"),
    ("privacy.erasure_done",
     {"reference": "4711", "set_aside_hits": 1, "bounces": 2, "mails": 3, "mails_with_others": 4,
      "meetings": 5, "people": 1, "consents": 2, "address_books": 1, "import_faults": 1,
      "left_out": 1},
     "Reference: 4711 · Fetches that could not be taken in: 1 · Reports of mail that came back: 2"
     " · Mails: 3 · Mails with others: 4 · Meetings: 5 · People: 1 · Proofs: 2"
     " · Entries of address books: 1 · Failed rows of files: 1 · Left out: 1",
     "Zeichen: 4711 · Abrufe, die nicht aufgenommen werden konnten: 1"
     " · Meldungen über zurückgekommene E-Mails: 2 · E-Mails: 3 · E-Mails mit anderen: 4"
     " · Termine: 5 · Personen: 1 · Nachweise: 2 · Einträge von Adressbüchern: 1"
     " · Nicht übernommene Zeilen von Dateien: 1 · Ausgelassen: 1"),
    ("privacy.copied", {"reference": "4711", "as": "json", "rows": 1_234},
     "Reference: 4711 · As: everything (JSON) · Rows: 1,234",
     "Zeichen: 4711 · Als: alles (JSON) · Zeilen: 1.234"),
    ("retention.purged", {"mails": 7, "meetings": 1, "before": "2026-02-01T00:00:00+00:00"},
     "Mails: 7 · Meetings: 1 · Older than: 1 February 2026, 00:00:00 UTC",
     "E-Mails: 7 · Termine: 1 · Älter als: 1. Februar 2026, 00:00:00 UTC"),
    ("signin.done", {"by": "google"}, "By: Google", "Mit: Google"),
    ("signin.failed", {"by": "confirmation"},
     "By: confirming again who it is", "Mit: erneute Bestätigung"),
    ("team.added", {"name": "North"}, "Name: North", "Name: North"),
    ("user.changed",
     {"before": {"role": "rep", "team_id": None}, "role": "rep", "team_id": NORTH},
     "Role: Rep · Team: No team → North", "Rolle: Vertrieb · Team: Kein Team → North"),
    ("user.invited", {"role": "auditor"}, "Role: Auditor", "Rolle: Prüfung"),
    ("user.transferred", {"to": EVE, "people": 2, "mails": 3},
     "To: eve@ours.test · People: 2 · Mails: 3", "An: eve@ours.test · Personen: 2 · E-Mails: 3"),
]  # fmt: skip
# Written down with the details of one above, or with none.
ALIKE = {
    "automated_sender.changed", "automated_sender.removed", "exclusion.added", "exclusion.removed",
    "gmail_notices.ended", "mailbox.connected", "mailbox.erased", "mailbox.paused",
    "mailbox.resumed", "organisation_grant.ended",
}  # fmt: skip
NONE = {
    "address.chosen", "identity.unlinked", "loop.started", "session.ended", "setup.done",
    "team.removed", "token.made", "token.revoked", "user.disabled", "user.enabled",
    "user.factor_removed", "user.invite_link", "user.password_changed", "user.reset_link",
    "user.signed_out",
}  # fmt: skip


@pytest.mark.parametrize(("action", "detail", "english", "german"), TOLD)
def test_the_details_of_an_act_are_told_in_both_languages(action, detail, english, german):
    row = AuditRow("1", AT, "ada@ours.test", action, "user", "1", detail)

    for language, told in ((Language.EN, english), (Language.DE, german)):
        found = Teller(NAMES, Here(AT, UTC, language)).details_of(row)
        assert " · ".join(f"{each.label}: {each.told}" for each in found) == told


def test_every_act_is_in_the_table():
    acts = {action for action, *_ in TOLD} | ALIKE | NONE

    assert {f"audit.{action.replace('.', '_')}" for action in acts} == {
        key for key in CATALOGUES[Language.EN] if key.startswith("audit.")
    }


def test_every_choice_of_the_policy_has_a_name():
    unnamed = [
        name for name in Policy.__slots__ if not any(has(f"{area}{name}") for area in LABELS)
    ]

    assert unnamed == []


def test_an_act_of_a_later_version_is_told_as_it_is():
    row = AuditRow("1", AT, "x", "x.y", "user", "1", {"some_new": {"a": 1}})

    (found,) = Teller({}, Here(AT)).details_of(row)

    assert tuple(found) == ("some new", "{'a': 1}")


def test_whom_the_details_speak_of_is_named(world):
    team = Team.create(org_id=world.alice.org_id, name="North")
    detail = {"before": {"team_id": team.id}, "to": world.alice.id, "team_id": None, "owner": "?"}
    audit.note(world.alice.org_id, "x", audit.Act("user.changed", "user", "1"), detail)

    found = audit_trail.names_in(audit_trail.page(AuditQuery(world.alice.org_id)))

    assert found == {team.id: "North", world.alice.id: "alice@ours.test"}


def test_the_log_names_the_provider_of_a_connection_and_who_did_it_in_german(app, client, world):
    ada = world.users["ada"]
    safe = Safe(open_vault(world.settings))
    save(Admin(ada.org_id, ada.id, ada.email), "microsoft", Keys("id", "", "s", True), safe)
    audit.note(ada.org_id, audit.SYSTEM, audit.Act("people.address_book", "mailbox", "x"))
    browser = browser_of(app, ada)
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"

    told = browser.get("/console/admin/audit").text

    assert "Anbieter: <bdi>Microsoft</bdi>" in told
    assert "Wer: <bdi>Telltale selbst</bdi>" in told

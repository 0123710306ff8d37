"""`prune` and `verify` say what they did and what is wrong."""

CAPTURE = """
from datetime import timedelta
from backend import clock, db, settings
from backend.capture import recording
from backend.models.org import User

db.open_store(settings.load())
with db.connection():
    ann = User.get(User.email == "ann@ours.test")
    for days in (1, 800):
        at = clock.now() - timedelta(days=days)
        db.execute(
            "INSERT INTO email_message (id, org_id, user_id, direction, status, subject,"
            " created_at, captured_at, dedup_key)"
            " VALUES (%s, %s, %s, 'received', 'received', 'x', %s, %s, %s)",
            [clock.new_id(), ann.org_id, ann.id, at, at, str(at)],
        )
    recording.step()
"""
TAMPER = """
from backend import db, settings

db.open_store(settings.load())
with db.connection():
    db.execute("UPDATE email_message SET subject = 'y'")
"""


def test_old_mail_is_pruned_and_the_record_stays_whole(here, run_python):
    run_python(CAPTURE)

    before = here.run("verify").stdout.strip().rpartition(" ")[2]
    told = here.run("prune", "--dry-run").stdout
    gone = here.run("prune").stdout
    after = here.run("verify", "--head", before)

    assert "1 mails are older than 730 days" in told
    assert "1 mails and meetings older than 730 days are gone" in gone
    assert after.returncode == 0
    assert "3 entries and 1 mails checked, 0 wait to be written down, 0 faults" in after.stdout


def test_a_changed_mail_and_a_strange_head_make_the_command_fail(here, run_python):
    run_python(CAPTURE)
    run_python(TAMPER)

    assert here.run("verify").returncode == 1
    assert here.run("verify", "--head", f"7:{'0' * 64}").returncode == 1
    assert "Give a head as an earlier run printed it" in here.run("verify", "--head", "x").stderr

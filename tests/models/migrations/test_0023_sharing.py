"""Who shares with everybody is found by an index that holds only such mail."""

from tests.models.plans import plan_of


def test_shared_mail_is_found_by_its_index(world):
    sql = "SELECT 1 FROM email_message WHERE org_id = %s AND user_id = %s AND visibility = 'org'"

    assert "email_message_shared" in plan_of(sql, [world.alice.org_id, world.alice.id])

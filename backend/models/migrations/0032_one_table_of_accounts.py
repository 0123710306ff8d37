"""Accounts linked for Gmail's add-on lie with the others; each says what it is good for."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE identity ADD COLUMN is_for_panels boolean NOT NULL DEFAULT TRUE",
    # Until now a Google account that signed somebody in did not open the add-on.
    """UPDATE identity SET is_for_panels = FALSE WHERE provider = 'google' AND NOT EXISTS (
        SELECT 1 FROM google_identity g WHERE g.issuer = identity.issuer
        AND g.subject = identity.subject AND g.user_id = identity.user_id)""",
    """INSERT INTO identity (id, org_id, user_id, provider, issuer, subject, address, is_way_in,
        is_for_panels, created_at)
    SELECT g.id, g.org_id, g.user_id, 'google', g.issuer, g.subject, g.email, FALSE, TRUE,
        g.created_at FROM google_identity g
    WHERE NOT EXISTS (SELECT 1 FROM identity i WHERE i.issuer = g.issuer AND i.subject = g.subject)
    """,
    "DROP TABLE google_identity",
)


def up(_migrator: Any, db: Any) -> None:
    """Bring them over; one that signs in somebody other than its add-on's user stays hers."""
    for statement in STATEMENTS:
        db.execute_sql(statement)

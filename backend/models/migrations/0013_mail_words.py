"""The words that mails are found by: those of their subjects, and of the links they carried.

`stamp.indexed_at` is null until the worker has written a mail's words; a search looks at such mails
themselves (backend.insights.search). A link stands once for each user, with the newest mail it was
in, because most mails carry the same ones.
"""

from typing import Any

TABLES = """
ALTER TABLE stamp ADD COLUMN indexed_at timestamptz;
CREATE INDEX stamp_not_indexed ON stamp (user_id, created_at, id) WHERE indexed_at IS NULL;
CREATE TABLE mail_word (
    user_id uuid NOT NULL,
    word text {C} NOT NULL,
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, word, stamp_id)
) {CLUSTERED};
CREATE INDEX mail_word_stamp ON mail_word (stamp_id, word);
CREATE TABLE sent_url (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    url_hash text NOT NULL,
    url text NOT NULL,
    text text NOT NULL,
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    stamped_at timestamptz NOT NULL,
    UNIQUE (user_id, url_hash)
);
CREATE INDEX sent_url_stamp ON sent_url (stamp_id);
CREATE TABLE url_word (
    user_id uuid NOT NULL,
    word text {C} NOT NULL,
    url_id uuid NOT NULL REFERENCES sent_url (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, word, url_id)
) {CLUSTERED};
CREATE INDEX url_word_url ON url_word (url_id, word)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; the worker fills them."""
    is_postgres = "Postgres" in type(db).__name__
    sql = TABLES.format(
        C='COLLATE "C"' if is_postgres else "",
        CLUSTERED="" if is_postgres else "WITHOUT ROWID",
    )
    for statement in sql.split(";\n"):
        db.execute_sql(statement)

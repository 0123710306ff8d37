"""People in the order of their names and by the words they are found by.

`sort_name` and `word` are folded (backend.people.words) and compared by code point on both
engines, so that the beginning of a word is a range of an index. A name longer than the index takes
is cut in `sort_name`.
"""

from typing import Any

TABLES = """
ALTER TABLE person ADD COLUMN sort_name text {C} NOT NULL DEFAULT '';
DROP INDEX person_name;
CREATE INDEX person_sort_name ON person (org_id, sort_name, id);
CREATE INDEX person_kind_name ON person (org_id, kind, sort_name, id);
CREATE INDEX person_account ON person (account_id);
CREATE TABLE person_word (
    org_id uuid NOT NULL,
    word text {C} NOT NULL,
    person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (org_id, word, person_id)
) {CLUSTERED};
CREATE INDEX person_word_person ON person_word (person_id, word);
CREATE INDEX consent_record_person ON consent_record (person_id);
"""

# SQLite compares text by its bytes as it is.
POSTGRES_ONLY = 'ALTER TABLE person_address ALTER COLUMN address TYPE text COLLATE "C"'


def up(_migrator: Any, db: Any) -> None:
    """Add the columns, the table of words and the indexes."""
    is_postgres = "Postgres" in type(db).__name__
    sql = TABLES.format(
        C='COLLATE "C"' if is_postgres else "",
        CLUSTERED="" if is_postgres else "WITHOUT ROWID",
    )
    for statement in sql.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    if is_postgres:
        db.execute_sql(POSTGRES_ONLY)

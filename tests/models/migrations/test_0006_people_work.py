from backend import db


def test_lists_walk_their_indexes(world):
    if db.is_postgres():  # it decides by statistics, which a small table has none of
        return
    plans = [
        str(db.rows(f"EXPLAIN QUERY PLAN SELECT id FROM person WHERE {where}"))
        for where in (
            "account_id = 'x' ORDER BY sort_name, id",
            "owner_id = 'x' ORDER BY sort_name, id",
            "org_id = 'x' AND do_not_track ORDER BY sort_name, id",
        )
    ]

    for plan, index in zip(plans, ("account", "owner", "refusing"), strict=True):
        assert f"person_{index}" in plan
        assert "TEMP B-TREE" not in plan


def test_an_import_takes_its_faults_along(world):
    values = {
        "id": "01900000-0000-7000-8000-000000000000",
        "org_id": world.alice.org_id,
        "user_id": world.alice.id,
    }
    db.execute(
        "INSERT INTO people_import (id, org_id, user_id, file_name, kind, size_bytes, state,"
        " header, mapping, created_at) VALUES (%s, %s, %s, '', '', 0, '', '[]', '[]', %s)",
        [*values.values(), world.alice.created_at],
    )
    db.execute(
        "INSERT INTO people_import_fault (import_id, row_number, org_id, reason, cells)"
        " VALUES (%s, 2, %s, '', '[]')",
        [values["id"], values["org_id"]],
    )

    db.execute("DELETE FROM people_import WHERE id = %s", [values["id"]])

    assert db.rows("SELECT row_number FROM people_import_fault") == []

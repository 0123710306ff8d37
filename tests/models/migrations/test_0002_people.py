from backend import db

WORDS = ["Zoe", "anna", "anna-b", "annab", "anna b", "zoë", "ß", "\U0001f600", "a@b", "a.b"]


def test_words_are_compared_by_code_point_on_both_engines(world):
    carol = world.people["carol"]
    rows = [(world.alice.org_id, word, carol.id) for word in WORDS]
    db.insert_rows("person_word", ("org_id", "word", "person_id"), rows)

    kept = [word for (word,) in db.rows("SELECT word FROM person_word ORDER BY word")]
    in_range = db.rows(
        "SELECT word FROM person_word WHERE word >= %s AND word < %s", ["anna", "anna\U0010ffff"]
    )

    assert kept == sorted(WORDS)
    assert {word for (word,) in in_range} == {word for word in WORDS if word.startswith("anna")}


def test_a_person_who_goes_takes_the_words_along(world):
    carol = world.people["carol"]
    db.insert_rows(
        "person_word", ("org_id", "word", "person_id"), [(world.alice.org_id, "x", carol.id)]
    )

    db.execute("DELETE FROM person WHERE id = %s", [carol.id])

    assert db.rows("SELECT word FROM person_word WHERE person_id = %s", [carol.id]) == []


def test_a_person_written_without_a_sort_name_is_still_listed(world):
    found = db.one("SELECT sort_name FROM person WHERE id = %s", [world.people["carol"].id])

    assert found == ("",)

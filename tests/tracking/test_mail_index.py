"""The index of words that the worker writes behind the stamping."""

from backend import db
from backend.models.mail import Stamp
from backend.tracking import mail_index
from tests.world import CAROL, LEO

LINKS = '<a href="https://example.com/{0}">{0}</a><a href="https://example.com/same">same</a>'


def words(table):
    return {row[0] for row in db.rows(f"SELECT word FROM {table}")}


def test_each_mail_is_written_once_and_again_when_it_changed(world):
    world.send(subject="First offer")
    draft = world.stamp(compose_id="one", subject="Second draft")

    assert (mail_index.write(), mail_index.write()) == (2, 0)
    to = {"@carol@northwind.test", "@northwind.test"}
    assert words("mail_word") == {"first", "offer", "second", "draft"} | to

    world.stamp(compose_id="one", subject="Third draft")

    assert mail_index.write() == 1
    assert words("mail_word") == {"first", "offer", "third", "draft"} | to
    assert Stamp.get_by_id(draft.id).indexed_at is not None


def test_a_link_stands_once_with_its_newest_mail(world):
    world.send(CAROL, html=LINKS.format("old"), subject="Old")
    mail_index.write()
    newer = world.send(LEO, html=LINKS.format("new"), subject="New")
    mail_index.write()

    urls = dict(db.rows("SELECT url, stamp_id FROM sent_url"))

    assert set(urls) == {f"https://example.com/{name}" for name in ("old", "new", "same")}
    assert urls["https://example.com/same"] == newer.id
    assert {"example.com", "old", "new", "same"} <= words("url_word")


def test_so_many_at_once(world):
    for _ in range(3):
        world.stamp()

    assert [mail_index.write(limit=2), mail_index.write(limit=2)] == [2, 1]

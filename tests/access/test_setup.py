"""The first admin: one, by the code of the console, and then never again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

import peewee
import pytest
import time_machine

from backend import clock, db
from backend.access import setup
from backend.access.setup import FirstAdmin
from backend.errors import Invalid
from backend.models.org import Organization, Team, User
from backend.models.people import Person, PersonAddress
from tests.waiting import wait_until

GOOD = "copper lantern on a quiet hill"


def wanted(email="first@ours.test", password=GOOD):
    return FirstAdmin("New Ltd", "First", email, password)


@pytest.fixture
def code(world):
    """The code of an installation that has nobody yet."""
    for model in (PersonAddress, Person, User, Team, Organization):
        model.delete().execute()
    return setup.new_code()


def test_the_code_makes_the_first_admin_with_her_organisation(code):
    user = setup.make_first_admin(code.upper().replace("-", " "), wanted())

    assert (user.role, user.email) == ("admin", "first@ours.test")
    assert Organization.get().name == "New Ltd"
    assert not setup.is_open()
    assert setup.new_code() is None


@contextmanager
def a_connection():
    """One of PostgreSQL's twenty once it is free; a busy machine takes over two seconds for it."""

    def is_open():
        with suppress(peewee.OperationalError):
            return db.database.connect()

    wait_until(is_open, 60, "a connection")
    with closing(db.database):
        yield


def test_fifty_at_once_make_one(code):
    def one(number):
        with a_connection():
            return setup.make_first_admin(code, wanted(f"{number}@ours.test"))

    with ThreadPoolExecutor(50) as pool:
        made = [user for user in pool.map(one, range(50)) if user]

    assert len(made) == 1
    assert User.select().count() == Organization.select().count() == 1


def test_it_stays_closed_when_the_admin_goes(code):
    setup.make_first_admin(code, wanted())
    User.delete().execute()

    assert not setup.is_open()
    assert setup.new_code() is None
    assert setup.make_first_admin(code, wanted()) is None


@pytest.mark.parametrize("given", ["", "wrong", "x" * 28])
def test_a_wrong_code_makes_nobody(code, given):
    assert setup.make_first_admin(given, wanted()) is None
    assert setup.is_open()


def test_a_code_lives_a_day_and_a_new_one_ends_it(code):
    with time_machine.travel(clock.wall() + setup.CODE_LIFE + timedelta(seconds=1), tick=False):
        assert setup.make_first_admin(code, wanted()) is None

    fresh = setup.new_code()
    assert setup.make_first_admin(code, wanted()) is None
    assert setup.make_first_admin(fresh, wanted())


def test_a_weak_password_leaves_the_code_as_it_is(code):
    with pytest.raises(Invalid):
        setup.make_first_admin(code, wanted(password="short"))

    assert setup.make_first_admin(code, wanted())


def test_an_admin_of_the_command_line_closes_it(code):
    org = Organization.create(name="Ours")
    User.create(org_id=org.id, email="ada@ours.test", name="Ada", role="admin")

    assert not setup.is_open()
    assert setup.make_first_admin(code, wanted()) is None
    assert setup.new_code() is None


def test_a_rep_of_the_command_line_can_become_the_first_admin(code):
    org = Organization.create(name="Ours")
    User.create(org_id=org.id, email="first@ours.test", name="Rep", role="rep")

    user = setup.make_first_admin(code, wanted())

    assert (user.role, user.org_id) == ("admin", org.id)


def test_no_code_is_kept(code):
    assert code.replace("-", "") not in str(db.rows("SELECT * FROM first_setup"))

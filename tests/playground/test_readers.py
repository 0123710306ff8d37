"""The readers' data: every value with its source, every reader with its words."""

import tomllib
from ipaddress import ip_address, ip_network

import pytest

from backend.errors import NotFound
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from backend.words import has
from playground import readers
from playground.readers import Deed, all_readers, reader

ENTRIES = tomllib.loads(readers.DATA.read_text())["reader"]
STEPS = [(entry["id"], step) for entry in ENTRIES for step in entry.get("step", ())]
# Apple's list comes with refresh-networks; the address is one of its published ranges.
NOT_SHIPPED = {"146.75.168.84"}


def test_each_reader_is_there_once_and_has_its_words():
    ids = [each.id for each in all_readers()]

    assert len(ids) == len(set(ids)) >= 8
    for each in ids:
        assert has(f"playground.readers.{each}.name"), each
        assert has(f"playground.readers.{each}.hint"), each


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_every_value_of_a_step_has_its_source(name, step):
    named = {"agent", "address", "headers"} & step.keys()

    assert {f"{each}_source" for each in named} <= step.keys(), name


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_an_address_is_nobodys_or_in_a_list_of_ours(name, step):
    address = step["address"]
    examples = any(ip_address(address) in ip_network(each) for each in readers.networks())

    assert examples or Networks.load(SHIPPED).facts(address).lists or address in NOT_SHIPPED, name


def test_a_reader_is_found_by_its_id():
    found = reader("scanner")

    assert found.of(Deed.OPEN)[0].methods == ("HEAD", "GET")
    assert found.deeds == (Deed.OPEN,)
    assert reader("images_blocked").of(Deed.OPEN) == ()
    with pytest.raises(NotFound):
        reader("nobody")

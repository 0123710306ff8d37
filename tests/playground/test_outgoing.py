"""What the compose window holds, before it is sent (the sending itself: test_pages.py)."""

import pytest

from backend.errors import Invalid
from playground.outgoing import Composed, Recipient


def composed(to, cc=""):
    return Composed(to, cc, "Offer", "<p>Hi</p>", True, True, True, True)


@pytest.mark.parametrize(
    ("why", "to", "cc", "found"),
    [
        ("one", "a@x.test", "", [("to", "a@x.test", "")]),
        ("a name", "Ann Lee <a@x.test>", "", [("to", "a@x.test", "Ann Lee")]),
        ("a comma in a name", '"Lee, Ann" <a@x.test>', "", [("to", "a@x.test", "Lee, Ann")]),
        ("semicolons", "a@x.test; b@x.test", "", [("to", "a@x.test", ""), ("to", "b@x.test", "")]),
        ("once each", "a@x.test", "A@x.test", [("to", "a@x.test", "")]),
        ("cc", "a@x.test", "c@x.test", [("to", "a@x.test", ""), ("cc", "c@x.test", "")]),
    ],
)
def test_recipients_are_taken_from_both_fields(why, to, cc, found):
    assert composed(to, cc).recipients() == [Recipient(*each) for each in found], why


@pytest.mark.parametrize("to", ["", " ", ",,;", "<>", "nonsense", "a b c@@d"])
def test_somebody_must_be_written_to(to):
    with pytest.raises(Invalid):
        composed(to).recipients()

import pytest

from backend.tracking.verdicts import (
    Group,
    Tuning,
    Verdict,
    ruling,
    shipped_scanner_asns,
)


@pytest.mark.parametrize(
    ("verdict", "is_counted", "group"),
    [
        (Verdict.HUMAN, True, Group.PERSON),
        (Verdict.IMAGE_PROXY, True, Group.PERSON),
        (Verdict.UNKNOWN, True, Group.PERSON),
        (Verdict.UNKNOWN, False, Group.PENDING),
        (Verdict.SELF, False, Group.SELF),
        (Verdict.SUSPECTED, False, Group.AUTOMATIC),
        (Verdict.APPLE_MPP, False, Group.AUTOMATIC),
        (Verdict.SCANNER, False, Group.AUTOMATIC),
    ],
)
def test_the_group_follows_from_the_verdict_and_the_count(verdict, is_counted, group):
    assert ruling("rule", verdict, 0.9, is_counted=is_counted).group is group


def test_the_radius_grows_with_the_windows():
    assert Tuning(recheck_s=100).radius > Tuning().radius
    assert Tuning(honeypot_s=600).radius > Tuning().radius
    assert Tuning(self_view_after_s=1000).radius.total_seconds() >= 1005


def test_the_security_companies_networks_are_shipped():
    assert {22843, 30031, 16417} <= shipped_scanner_asns()

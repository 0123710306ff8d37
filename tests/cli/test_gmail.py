"""The command that prints the Gmail add-on's deployment."""

import json


def test_it_prints_the_deployment_for_the_public_address(fresh):
    fresh.variables["PUBLIC_URL"] = "https://telltale.ours.test"

    found = json.loads(fresh.told("gmail-deployment"))

    home = found["addOns"]["common"]["homepageTrigger"]["runFunction"]
    assert home == "https://telltale.ours.test/gmail-addon/home"


def test_without_https_it_says_what_is_missing(fresh):
    done = fresh.run("gmail-deployment")

    assert done.returncode == 1
    assert "PUBLIC_URL" in done.stderr

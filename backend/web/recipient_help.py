"""Help for recipients: how to see our pictures, and what one can refuse; a page, a mail's text."""

from flask import Blueprint, render_template, request

from backend.mail.web_address import ascii_host
from backend.tracking.policy import policy_of
from backend.web import doors, reader, screens
from backend.web.permissions import OWN, PUBLIC, allow, caller

pages = Blueprint("recipient_help", __name__)
screens.prepare(pages)

# Source: Microsoft, "Add recipients to the Safe Senders list"; Salesforce's article on open
# tracking in Outlook (R76, R81) names the same versions.
VERSIONS = ("new", "classic", "web", "mac", "old")
REFUSALS = ("measured", "mail", "images", "answer")


@pages.get("/help/recipients")
@allow(PUBLIC)
def show() -> str:
    """The steps for the domain in the address; without one, for any."""
    domain = ascii_host(request.args.get("domain", "")[:253]) or ""
    shown = domain if "." in domain else ""
    return render_template("help.html", domain=shown, versions=VERSIONS, refusals=REFUSALS)


@pages.get("/console/help")
@allow(OWN)
def share() -> str:
    """The page's address and the same as a mail's text, for one's own domain."""
    who = caller()
    own = policy_of(who.org_id).internal_domains
    domain = own[0] if own else who.email.rpartition("@")[2]
    address = f"{doors.the_settings().public_url}/help/recipients?domain={domain}"
    lists = {"versions": VERSIONS, "refusals": REFUSALS}
    return render_template(
        "help_share.html", domain=domain, address=address, in_mail=reader.t, **lists
    )

"""What Microsoft's own Python client sends, read out of its wheel: tests/data/graph_requests.json.

    python -m tests.graph_builders msgraph_sdk-1.65.0-py3-none-any.whl

The client takes a minute and 470 MB to install, and needs 50 packages that we do not; its request
builders are generated code, so their templates and its models' property names are read as text.
"""

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

DATA = Path(__file__).parent / "data" / "graph_requests.json"
ROOT = "msgraph/generated"
BUILDERS = (
    "users/item/user_item",
    "users/item/mail_folders/delta/delta",
    "users/item/mail_folders/item/mail_folder_item",
    "users/item/mail_folders/item/messages/delta/delta",
    "users/item/mail_folders/item/messages/messages",
    "users/item/messages/messages",
    "users/item/messages/item/message_item",
    "users/item/messages/item/value/content",
    "users/item/send_mail/send_mail",
    "users/item/calendar_view/delta/delta",
    "users/item/events/item/event_item",
    "users/item/contacts/delta/delta",
    "users/item/contacts/item/contact_item",
    "users/item/contact_folders/delta/delta",
    "users/item/contact_folders/item/contacts/delta/delta",
    "subscriptions/subscriptions",
    "subscriptions/item/subscription_item",
    "subscriptions/item/reauthorize/reauthorize",
)
MODELS = ("user", "mail_folder", "message", "event", "contact", "contact_folder", "subscription")


def read(wheel: Path) -> dict[str, object]:
    """The facts: requests by method and path, and the property names of what they carry."""
    with zipfile.ZipFile(wheel) as whole:
        requests: dict[str, list[str]] = {}
        for name in BUILDERS:
            requests |= _builder(whole.read(f"{ROOT}/{name}_request_builder.py").decode())
        return {
            "source": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "requests": requests,
            "properties": {name: sorted(_properties(whole, name)) for name in MODELS},
        }


def _builder(text: str) -> dict[str, list[str]]:
    template = re.search(r'super\(\).__init__\(request_adapter, "\{\+baseurl\}([^"]*)"', text)
    assert template
    query = template[1]
    path = re.split(r"\{\?|\?", query, maxsplit=1)[0]
    path = re.sub(r"\{[^}]*\}", "{}", path.replace("%24", "$")).removesuffix("()")
    optional = re.search(r"\{[?&]([^}]*)\}", query)
    names = re.findall(r"[?&](\w+)=\{", query)  # those that must be there
    names += optional[1].replace("%24", "$").replace("*", "").split(",") if optional else []
    methods = re.findall(r"async def (get|post|patch|delete)\(", text)
    return {f"{method.upper()} {path}": sorted(set(names)) for method in methods}


def _properties(whole: zipfile.ZipFile, model: str) -> set[str]:
    text = whole.read(f"{ROOT}/models/{model}.py").decode()
    own = set(re.findall(r'writer\.write_\w+\("([@.\w]+)"', text))
    parent = re.search(r"class \w+\((\w+)[,)]", text)
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", parent[1]).lower() if parent else ""
    path = f"{ROOT}/models/{name}.py"
    return own | (_properties(whole, name) if name and path in whole.namelist() else set())


if __name__ == "__main__":
    DATA.write_text(json.dumps(read(Path(sys.argv[1])), indent=1) + "\n")
    print(f"{DATA} written")

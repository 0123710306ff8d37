"""The OpenAPI document, held against the running product by schemathesis."""

import re
import subprocess
import sysconfig
from pathlib import Path

import orjson
import pytest

from backend import db
from backend.models.org import Organization, User
from backend.models.schema import migrate
from backend.settings import Settings
from tests.installation import SECRET, Installation

FUZZ_S = 20
# positive_data_acceptance is left out: what a schema can say of an address or of an id that
# exists is less than what we check.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "object_level_authorization",
)
QUIETLY = ("--max-examples=40", "--seed=1", "--no-color", "--max-failures=5")
PEERS = ("alice", "mallory")
# The list is schemathesis's own and 413: a list with too many long links is refused for its size
# before anybody reads how many there are.
SETTINGS = """
[auth.wfc]
path = "users.json"
peers = ["alice", "mallory"]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]
"""
# What schemathesis sends hangs on its seed and on the order of sets: with both, a failure here
# is one everywhere.
SAME_EACH_TIME = {"PYTHONHASHSEED": "1"}


@pytest.fixture
def site(tmp_path):
    made = Installation(tmp_path)
    fill(made)
    with made.serving("--only", "app"):
        yield made


def fill(site):
    settings = Settings(data_dir=site.data_dir, secret=SECRET, playground=False)
    store = db.open_store(settings)
    migrate(settings)
    with db.connection():
        for name in PEERS:
            org = Organization.create(name=name)
            User.create(org_id=org.id, email=f"{name}@{name}.test", name=name, role="rep")
    store.close_all()


def users_of(site):
    return orjson.dumps(
        {
            "auth": [
                {
                    "name": name,
                    "fixedHeaders": [
                        {
                            "name": "Authorization",
                            "value": f"Bearer {site.token(f'{name}@{name}.test')}",
                        }
                    ],
                }
                for name in PEERS
            ]
        }
    )


@pytest.mark.req("R41")
def test_no_answer_is_a_server_error_undocumented_or_somebody_elses(site, tmp_path):
    (tmp_path / "users.json").write_bytes(users_of(site))
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    program = Path(sysconfig.get_path("scripts")) / "schemathesis"
    address = f"http://127.0.0.1:{site.port}/api/openapi.json"

    done = subprocess.run(
        [program, "run", address, f"--max-time={FUZZ_S}", f"--checks={','.join(CHECKS)}", *QUIETLY],
        cwd=tmp_path,
        env=site.environment() | SAME_EACH_TIME,
        capture_output=True,
        text=True,
        timeout=FUZZ_S + 120,
    )

    assert done.returncode == 0, readable(done.stdout) + done.stderr[-2000:]
    operations = re.search(r"Selected: (\d+)/(\d+)", done.stdout)
    assert operations, done.stdout
    assert operations[1] == operations[2]


def readable(report):
    """What schemathesis found, with the bodies it sent cut where a line of a screen ends."""
    found = report.partition("= FAILURES =")[2].partition("= WARNINGS =")[0] or report
    return "\n".join(line[:400] for line in found.splitlines())[:20_000]

"""Who else may call the API from a script: our own add-in, and nobody.

Outlook's JavaScript-only runtime on classic Windows sends its calls with `Origin: https://host/`,
with a slash at the end that no origin has (office-js issues 4144, 3907); a comparison with the
exact origin would leave it without an answer. The pattern holds to the end of the text: a prefix
of another host's name is another host.
"""

import re
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

PREFLIGHT_S = 600


def enforce(app: Flask, public_url: str) -> None:
    """Let scripts of the installation's own origin call /api, with a token and never a cookie."""
    parts = urlsplit(public_url)
    origin = re.escape(f"{parts.scheme}://{parts.netloc}")
    CORS(
        app,
        resources={r"/api/.*": {}},
        origins=re.compile(rf"{origin}/?\Z"),
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match"],
        expose_headers=["ETag", "Retry-After"],
        supports_credentials=False,
        max_age=PREFLIGHT_S,
    )

"""Tells a proper problem from any other answer."""

from typing import Any

from backend.web.problems import MEDIA_TYPE


def is_problem(answer: Any, status: int) -> bool:
    """Whether a test client's answer is a problem of that status with a sentence."""
    if answer.status_code != status or answer.mimetype != MEDIA_TYPE:
        return False
    told = answer.json
    detail = str(told["detail"])
    return told["status"] == status and detail[:1].isupper() and detail.endswith(".")

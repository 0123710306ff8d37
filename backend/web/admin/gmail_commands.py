"""The commands that make a topic and a subscription for Gmail's notices, ready to be copied.

Source: developers.google.com/workspace/gmail/api/guides/push and docs.cloud.google.com/sdk/gcloud
/reference/pubsub (2026). A subscription that nobody uses for 31 days is deleted by Google unless
told otherwise, and what is older than an hour is of no use.
"""

import re
from collections.abc import Mapping

from backend.providers import pubsub

GMAIL = "gmail-api-push@system.gserviceaccount.com"  # who publishes
PROJECT, TOPIC, SUBSCRIPTION = "PROJECT", "telltale-gmail", "telltale-gmail"
KEPT = "--expiration-period=never --message-retention-duration=1h"


def of(filled: Mapping[str, str], address: str, puller: str) -> dict[str, str]:
    """The commands by what they are for, with the names that are filled in so far."""
    project, topic = _names(filled["topic"], pubsub.TOPIC, TOPIC)
    theirs, subscription = _names(filled["subscription"], pubsub.SUBSCRIPTION, SUBSCRIPTION)
    project = project or PROJECT
    theirs = theirs or project
    where = f"--project={project}"
    signer = filled["account"] or f"telltale-push@{project}.iam.gserviceaccount.com"
    create = (
        f"gcloud pubsub subscriptions create {subscription} --project={theirs}"
        f" --topic=projects/{project}/topics/{topic} {KEPT}"
    )
    return {
        "topic": f"gcloud services enable pubsub.googleapis.com {where}\n"
        f"gcloud pubsub topics create {topic} {where}",
        "publisher": f"gcloud pubsub topics add-iam-policy-binding {topic} {where}"
        f" --member=serviceAccount:{GMAIL} --role=roles/pubsub.publisher",
        "push": f"gcloud iam service-accounts create {signer.partition('@')[0]} {where}\n"
        f"{create} --push-endpoint={address} --push-auth-service-account={signer}"
        f" --push-auth-token-audience={address}",
        "pull": f"{create}\n"
        f"gcloud pubsub subscriptions add-iam-policy-binding {subscription}"
        f" --project={theirs} --role=roles/pubsub.subscriber"
        f" --member=serviceAccount:{puller or f'ACCOUNT@{project}.iam.gserviceaccount.com'}",
    }


def _names(whole: str, shape: re.Pattern[str], usual: str) -> tuple[str, str]:
    """Project and short name of a resource; while nothing right is typed "" and the usual one."""
    if not shape.fullmatch(whole):
        return "", usual
    _, project, _, name = whole.split("/")
    return project, name

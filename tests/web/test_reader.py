"""Who looks at a page: her language, her zone."""

import pytest

from backend.models import preferences


@pytest.mark.parametrize(
    ("why", "preference", "accepted", "language"),
    [
        ("the browser's", None, "de-DE", "de"),
        ("her own choice", "en", "de-DE", "en"),
        ("her own choice the other way", "de", "en-GB", "de"),
        ("nobody said", None, "", "en"),
    ],
)
def test_a_page_is_in_the_readers_language(
    client, world, as_alice, why, preference, accepted, language
):
    if preference:
        preferences.store(world.alice.id, {"language": preference})

    page = client.get("/console/sent", headers=as_alice | {"Accept-Language": accepted}).text

    assert f'<html lang="{language}"' in page, why
    assert ({"en": "Tracked", "de": "Gemessen"}[language]) in page

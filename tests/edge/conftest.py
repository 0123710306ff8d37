"""An edge that the tests of a module share, with a few links in its book."""

import pytest

from backend.tracking.linkbook import Link, LinkBook
from tests.edge.running import running_edge


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    with running_edge(tmp_path_factory.mktemp("edge"), TRUSTED_HOPS="0") as running:
        yield running


@pytest.fixture(scope="module")
def put_link(edge):
    """Put a link into the edge's book."""
    book = LinkBook(edge.data_dir / "links.db")
    yield lambda token, url: book.put_many([Link(token, url, 3)])
    book.close()

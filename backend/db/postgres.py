"""PostgreSQL through psycopg's pool, under peewee: a stopped server never freezes other requests.

peewee's own pool pings under a process-wide lock, so one stopped backend froze every thread; here
nothing is shared but the pool, a check-out waits at most `CHECK_OUT_S`, and every statement has a
deadline after which its connection is thrown away. One that broke takes the idle ones with it:
after a restart of the server they are all dead, and each would cost one more request.
"""

from collections.abc import Generator
from typing import Any, Self

import orjson
import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from backend.errors import SettingsError

CHECK_OUT_S = 2.0
STATEMENT_S = 30.0
POOL_SIZE = 20


class DeadlineConnection(psycopg.Connection[Any]):
    """Gives a statement up after `deadline_s`, with OperationalError, and closes."""

    deadline_s = STATEMENT_S

    def wait(
        self, gen: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        """Drive one exchange with the server, no longer than the deadline."""
        try:
            return super().wait(gen, interval, self.deadline_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:  # it has no public name
            self.pgconn.finish()
            raise psycopg.OperationalError("the database did not answer in time") from None


class PostgresDatabase(peewee.PostgresqlDatabase):
    """peewee's PostgreSQL over a pool of `DeadlineConnection`s in UTC."""

    _state: Any
    _lock: Any

    def __init__(self, url: str, statement_s: float = STATEMENT_S) -> None:
        """Raises SettingsError for an address that cannot be read."""
        try:
            conninfo_to_dict(url)
        except psycopg.ProgrammingError:  # it repeats the address, and a password may be in it
            told = "cannot be read as postgresql://user:password@host:5432/name"
            raise SettingsError(f"DATABASE_URL: {told}") from None
        super().__init__(url, prefer_psycopg3=True)
        self._statement_s = statement_s
        self._fault = ""  # why the last attempt to connect failed; "" after a success
        self._pool: ConnectionPool[DeadlineConnection] | None = None

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Check a connection out of the pool for this thread; without peewee's process-wide lock.

        Raises peewee.OperationalError when none can be had in `CHECK_OUT_S`.
        """
        if not self._state.closed:
            if reuse_if_open:
                return False
            raise peewee.OperationalError("Connection already opened.")
        try:
            conn = self._open_pool().getconn(timeout=CHECK_OUT_S)
        except PoolTimeout:
            told = self._fault or "every connection is in use"
            raise peewee.OperationalError(f"no connection to be had in time: {told}") from None
        self._fault = ""
        self._state.reset()
        self._state.set_connection(conn)
        self.server_version = conn.pgconn.server_version
        return True

    def close(self) -> bool:
        """Hand this thread's connection back to the pool."""
        if self._state.closed:
            return False
        conn = self._state.conn
        self._state.reset()
        if self._pool is not None:
            is_broken = conn.closed
            self._pool.putconn(conn)
            if is_broken:
                self._pool.drain()
        return True

    def close_all(self) -> None:
        """Close the pool and every connection in it."""
        self.close()
        if self._pool is not None:
            self._pool.close(timeout=CHECK_OUT_S)
            self._pool = None

    def _open_pool(self) -> "ConnectionPool[DeadlineConnection]":
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self.database,
                    connection_class=self._connection_class(),
                    kwargs={"autocommit": True, "connect_timeout": 2, "options": "-c TimeZone=UTC"},
                    configure=self._configure,
                    min_size=0,
                    max_size=POOL_SIZE,
                    max_idle=60.0,
                    # Tried for longer, with growing pauses, it would come back late after a fault.
                    reconnect_timeout=CHECK_OUT_S,
                    open=True,
                )
            return self._pool

    def _connection_class(self) -> type[DeadlineConnection]:
        """Connections that leave behind why they could not be made; the pool only logs it."""
        store = self

        class Connection(DeadlineConnection):
            @classmethod
            def connect(cls, *args: Any, **kwargs: Any) -> Self:
                try:
                    return super().connect(*args, **kwargs)
                except psycopg.OperationalError as error:
                    store._fault = next(iter(str(error).splitlines()), "")
                    raise

        return Connection

    def _configure(self, conn: DeadlineConnection) -> None:
        conn.deadline_s = self._statement_s
        conn.adapters.register_loader("uuid", TextLoader)  # ids are text in Python


set_json_loads(orjson.loads)

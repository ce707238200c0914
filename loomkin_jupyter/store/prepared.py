"""Hot statements: written with SQLAlchemy Core like all others, compiled once, then run past its machinery.

For what every step of every agent writes, where that machinery costs several times the statement itself. Only with named
parameters; every column with a default must be given, and rows come as the driver gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any]


class Prepared:
    """One statement with the names of its parameters; it joins the connection's transaction.

    :raises sqlalchemy.exc.DBAPIError: whenever it is run, as the statement would by itself.
    """

    def __init__(
        self, statement: sa.Insert | sa.Update | sa.Delete | sa.Select[*tuple[Any, ...]], names: Sequence[str] = ()
    ) -> None:
        self._statement = statement.inline() if isinstance(statement, sa.Insert | sa.Update) else statement
        self._names = list(names)
        self._dialect: sa.Dialect | None = None
        self._sql = ""
        self._order: tuple[tuple[str, _Convert | None], ...] = ()
        self._constants: dict[str, Any] = {}
        self._positional = True
        self._error: type[Exception] = Exception

    def run(self, conn: sa.Connection, values: Mapping[str, Any]) -> int:
        """Execute once; return how many rows it touched."""
        return self.run_many(conn, (values,))

    def run_many(self, conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Execute for each of ``rows``; return how many rows were touched in all."""
        cursor = self._execute(conn, rows)
        touched = cursor.rowcount
        cursor.close()
        return touched

    def first(self, conn: sa.Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute a query; return its first row, or None."""
        cursor = self._execute(conn, (values,))
        found = cursor.fetchone()
        cursor.close()
        return found

    def _execute(self, conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> DBAPICursor:
        if conn.dialect is not self._dialect:
            self._compile(conn.dialect)
        values = [self._bound(row) for row in rows]
        cursor = conn.connection.cursor()
        try:
            if len(values) == 1:
                cursor.execute(self._sql, values[0])
            else:
                cursor.executemany(self._sql, values)
        except self._error as error:
            cursor.close()
            raise DBAPIError.instance(self._sql, None, error, self._error, dialect=conn.dialect) from error
        return cursor

    def _bound(self, row: Mapping[str, Any]) -> Any:
        order = self._order
        if self._constants:
            row = {**self._constants, **row}
        if not self._positional:
            return {name: row[name] if convert is None else convert(row[name]) for name, convert in order}
        return tuple([row[name] if convert is None else convert(row[name]) for name, convert in order])

    def _compile(self, dialect: sa.Dialect) -> None:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names or None)
        binds = compiled.binds
        converts = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
        self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._positional = compiled.positional
        self._order = tuple((name, converts[name]) for name in compiled.positiontup or list(binds))
        self._sql, self._error = str(compiled), dialect.dbapi.Error if dialect.dbapi is not None else Exception
        self._dialect = dialect

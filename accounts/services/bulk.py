"""Rows into PostgreSQL by the thousand: one statement over one JSON parameter, whatever the number of rows.

Measured against a VALUES list built in Python it takes a third of the time, and it is level with COPY.
"""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection

Columns = Sequence[tuple[str, str]]

_encoder = msgspec.json.Encoder()


def reserve(wanted: dict[str, int]) -> list[list[int]]:
    """So many fresh ids of each table, in one query, so that rows can name each other before they are written."""
    if not any(wanted.values()):
        return [[] for _ in wanted]
    ids = ", ".join(
        f"ARRAY(SELECT nextval('{table}_id_seq') FROM generate_series(1, %s))" for table in wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ids}", list(wanted.values()))
        return list(cursor.fetchone())


def parts(keys: Iterable[tuple[int, str]]) -> tuple[list[int], list[str]]:
    """The two parts of (merchant, name) keys, each distinct and ascending, for `a = ANY(…) AND b = ANY(…)`.

    That form always walks the index, which a join with the keys does not when the table's statistics are young. Where
    several merchants come together it may find a few rows too many: the caller keeps those it asked for.
    """
    listed = list(keys)
    return sorted({key[0] for key in listed}), sorted({key[1] for key in listed})


def insert_rows(table: str, columns: Columns, rows: Sequence[dict]) -> None:
    """Insert `rows` (dicts by column name; bytea as `bytes`). `columns` are (name, SQL type)."""
    upsert_rows(table, columns, rows, "")


def upsert_rows(table: str, columns: Columns, rows: Sequence[dict], on_conflict: str) -> None:
    """Insert `rows`; `on_conflict` is the clause that says what becomes of those already there."""
    if not rows:
        return
    names = ", ".join(name for name, _ in columns)
    _execute(
        f"INSERT INTO {table} ({names}) SELECT {_values(columns)} FROM {_rows(columns)} {on_conflict}", rows
    )


def update_rows(table: str, columns: Columns, rows: Sequence[dict], *, also: str = "") -> None:
    """Update rows by `id`, which must be the first of `columns`; `also` is a further fixed assignment."""
    if not rows:
        return
    changes = ", ".join(f"{name} = {_value(name, kind)}" for name, kind in columns[1:])
    _execute(f"UPDATE {table} t SET {changes}{also} FROM {_rows(columns)} WHERE t.id = r.id", rows)


def _values(columns: Columns) -> str:
    return ", ".join(_value(name, kind) for name, kind in columns)


def _value(name: str, kind: str) -> str:
    return f"decode(r.{name}, 'base64')" if kind == "bytea" else f"r.{name}"


def _rows(columns: Columns) -> str:
    typed = ", ".join(f"{name} {'text' if kind == 'bytea' else kind}" for name, kind in columns)
    return f"json_to_recordset(%s::json) AS r({typed})"


def _execute(sql: str, rows: Sequence[dict]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_encoder.encode(rows).decode()])

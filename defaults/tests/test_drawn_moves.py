"""The database moves agreements along the drawn arrows and nowhere else: every pair of states, by SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from defaults.agreement_states import FIRST, MOVES, can_move

pytestmark = pytest.mark.django_db

PAIRS = [(table, before, after) for table, moves in MOVES.items() for before in moves for after in moves]


@pytest.fixture
def bare():
    """Copies of the tables' states under the very triggers, without the columns that do not matter here."""

    def make(table: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'only_drawn_moves'"
                           " AND tgrelid = %s::regclass", [table])  # fmt: skip
            (definition,) = cursor.fetchone()
            cursor.execute("CREATE TEMP TABLE bare (state text) ON COMMIT DROP")
            cursor.execute(definition.replace(f"public.{table}", "bare"))
        return "bare"

    yield make
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")


def _run(statement: str, *values: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("table", MOVES)
def test_a_row_begins_in_a_first_state_only(bare, table):
    bare(table)
    began = {state for state in MOVES[table] if _run("INSERT INTO bare VALUES (%s)", state)}
    assert began == set(FIRST[table])


@pytest.mark.parametrize("table", MOVES)
def test_a_state_moves_along_the_arrows_only(bare, table):
    bare(table)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bare DISABLE TRIGGER only_drawn_moves")
        cursor.executemany("INSERT INTO bare VALUES (%s)", [[state] for state in MOVES[table]])
        cursor.execute("ALTER TABLE bare ENABLE TRIGGER only_drawn_moves")
    for _, before, after in (pair for pair in PAIRS if pair[0] == table):
        with transaction.atomic():
            point = transaction.savepoint()
            moved = _run("UPDATE bare SET state = %s WHERE state = %s", after, before)
            transaction.savepoint_rollback(point)
        assert moved == (before == after or can_move(MOVES[table], before, after)), (before, after)

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from defaults.chain import digest
from defaults.models import CaseEvent
from defaults.services import add_note

from .world import NOW, World

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
_SQL = (
    "SELECT amends_entry_digest(%(previous)s, %(case_id)s, %(seq)s, %(kind)s, %(from_state)s, %(to_state)s, \
%(at)s, %(actor)s, %(reason)s, %(data)s)"
)


@pytest.mark.django_db
def test_the_database_and_the_product_seal_alike(django_db_blocker):
    @given(
        previous=st.binary(max_size=32), case_id=st.integers(1, 2**60), seq=st.integers(1, 2**31 - 1),
        kind=texts, from_state=texts, to_state=texts, actor=texts, reason=texts,
        at=st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()),
        data=st.dictionaries(texts, values, max_size=4),
    )  # fmt: skip
    def check(data, **fields):
        from psycopg2.extras import Json

        with connection.cursor() as cursor:
            cursor.execute(_SQL, fields | {"data": Json(data)})
            (sealed,) = cursor.fetchone()
        assert bytes(sealed) == digest(data=data, **fields)

    check()


@pytest.mark.django_db
def test_the_history_of_a_case_is_numbered_without_a_gap_and_chained():
    world = World()
    case = world.opened()
    add_note(case_id=case.id, text='전화했음 "quoted" \\ \n', now=NOW, actor="staff:mina")
    world.pays("ord-1")
    world.tick()
    previous = b""
    names = ("case_id", "seq", "kind", "from_state", "to_state", "at", "actor", "reason", "data")
    events = list(case.events.order_by("seq"))
    assert [event.seq for event in events] == [1, 2, 3]
    for event in events:
        assert bytes(event.digest) == digest(previous, **{name: getattr(event, name) for name in names})
        previous = bytes(event.digest)
    case.refresh_from_db()
    assert case.version == 3


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ["update", "delete"])
def test_history_cannot_be_rewritten_through_the_product(attack):
    case = World().opened()
    events = CaseEvent.objects.filter(case=case)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        events.update(reason="never happened") if attack == "update" else events.delete()
    assert events.get().reason == ""

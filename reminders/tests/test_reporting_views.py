"""The schema `reporting`: stable names for tools outside the product."""

import pytest
from django.db import connection

from reminders.tests.world import World

VIEWS = {
    "events": "merchant, event_id, type, received_at, applied_at, status",
    "cases": "number, merchant, customer, state, outcome, claimed_minor, currency, version, opened_at, closed_at",
    "messages": "case_number, step, channel, key, state, attempts, handed_over_at",
    "ledger": "entry, payment, from_account, to_account, amount_minor, currency, at",
    "case_events": "case_number, seq, kind, from_state, to_state, at, actor",
    "decisions": "case_number, at, verdict, rule, until, policy_version",
}


@pytest.mark.django_db
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_exactly_its_columns_and_shows_what_happened(view):
    case = World().queued()
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM reporting."{view}"')
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert names == VIEWS[view].split(", ")
    assert rows
    assert {row.get("case_number", row.get("number", case.number)) for row in rows} == {case.number}

"""The audit log: one way in, and nothing in it is ever changed."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent, Customer
from accounts.services.audit import note

from .factories import NOW, merchant

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_what_why_from_where_and_only_what_differs():
    shop = merchant()
    note(
        actor="staff:mina",
        kind="setting_changed",
        what="Merchant Songbird",
        reason="moved",
        before={"time_zone": "UTC", "name": "Songbird"},
        after={"time_zone": "Asia/Seoul", "name": "Songbird"},
        merchant_id=shop.pk,
        address="10.0.0.7",
        now=NOW,
    )
    entry = AuditEvent.objects.get()
    assert (entry.actor, entry.kind, entry.what, entry.reason) == (
        "staff:mina", "setting_changed", "Merchant Songbird", "moved",
    )  # fmt: skip
    assert (entry.before, entry.after) == ({"time_zone": "UTC"}, {"time_zone": "Asia/Seoul"})
    assert (entry.at, entry.address, entry.merchant_id) == (NOW, "10.0.0.7", shop.pk)


def test_an_entry_is_kept_where_the_address_of_the_request_is_none():
    note(actor="system", kind="export", address="unix:", now=NOW)
    assert AuditEvent.objects.get().address is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_auditevent SET reason = 'x'", "DELETE FROM accounts_auditevent"],
)
def test_the_audit_log_is_never_rewritten(statement):
    note(actor="system", kind="export", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nothing_is_shown_without_a_reason():
    customer = Customer.objects.create(merchant=merchant(), reference="u-1")
    with pytest.raises(IntegrityError):
        note(actor="staff:mina", kind="detail_shown", customer_id=customer.pk, now=NOW)

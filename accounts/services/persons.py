"""Which customer records are one person's. Records keep their payments and cases; only what protects the person is shared."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from ..models import Person, PersonRecord

_RECORDS = """
SELECT %(id)s UNION
SELECT other.customer_id FROM accounts_personrecord own JOIN accounts_personrecord other USING (person_id)
 WHERE own.customer_id = %(id)s
"""
_FIRST = """
SELECT own.customer_id, min(other.customer_id)
  FROM accounts_personrecord own JOIN accounts_personrecord other USING (person_id)
 WHERE own.customer_id = ANY(%s) GROUP BY own.customer_id
"""


def records_of(customer_id: int) -> list[int]:
    """The ids of all records of the person, ascending; of one who was joined with nobody just this one."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, {"id": customer_id})
        return sorted(record for (record,) in cursor.fetchall())


def first_records(customer_ids: Collection[int]) -> dict[int, int]:
    """The lowest id among all records of each one's person, by customer id: one number for one person."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [list(customer_ids)])
        return {customer_id: customer_id for customer_id in customer_ids} | dict(cursor.fetchall())


def make_one(*, first: int, second: int, now: datetime) -> None:
    """Put both, with whomever each was joined already, into one person. The caller holds the locks of all their records."""
    known = {record.customer_id: record.person for record in _rows(first, second).select_related("person")}
    person, other = known.get(first), known.get(second)
    if person is None and other is None:
        person = Person.objects.create()
    elif person is None:
        person, other = other, None
    if other is not None and other != person:
        other.records.update(person=person)
        other.delete()
    fresh = [customer for customer in (first, second) if customer not in known]
    PersonRecord.objects.bulk_create(
        PersonRecord(customer_id=customer, person=person, joined_at=now) for customer in fresh
    )


def take_out(customer_id: int) -> None:
    """Let this record stand alone again; who is left alone by it does too. The caller holds the locks."""
    person = Person.objects.get(records__customer=customer_id)
    PersonRecord.objects.filter(customer=customer_id).delete()
    if person.records.count() < 2:
        person.delete()


def _rows(*customer_ids: int):
    return PersonRecord.objects.filter(customer__in=customer_ids)

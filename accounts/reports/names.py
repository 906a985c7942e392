"""Finding by a part of the customer's name, however many customers there are. Reads only."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import StrIndex

# Up to so many customers are fetched by the index; of more, a page in the rows' own order is full after a short walk.
MOST = 5_000
SAMPLE = 3_000
COMMON_PERCENT = 1
LEAST_SEEN = 200

_SAMPLE = """
SELECT count(*) FILTER (WHERE strpos(letters, amends_letters(%(text)s)) > 0), count(*)
  FROM accounts_nameletters TABLESAMPLE SYSTEM ((
       SELECT least(100, 100.0 * %(sample)s / greatest(reltuples, 1)) FROM pg_class
        WHERE oid = 'accounts_nameletters'::regclass))
 WHERE merchant_id = ANY(%(merchants)s)
"""
# What the index finds by parts of three letters is looked at again, and so is each name that is not read in yet.
_NAMED = """
SELECT l.customer_id
  FROM accounts_nameletters l
 WHERE amends_parts(l.letters, 1) @> amends_parts(
         amends_letters(%(text)s), greatest(1, least(3, length(amends_letters(%(text)s)))))
   AND strpos(l.letters, amends_letters(%(text)s)) > 0
   AND l.merchant_id = ANY(%(merchants)s)
   AND NOT EXISTS (SELECT FROM accounts_nametoread t WHERE t.customer_id = l.customer_id)
 UNION ALL
SELECT c.id
  FROM (SELECT DISTINCT customer_id FROM accounts_nametoread) t JOIN accounts_customer c ON c.id = t.customer_id
 WHERE strpos(amends_letters(c.name), amends_letters(%(text)s)) > 0 AND c.merchant_id = ANY(%(merchants)s)
 LIMIT %(limit)s
"""


class Letters(Func):
    """A text as names are searched: capitals, with syllables taken apart, so that half of one is a part of the whole."""

    function = "amends_letters"
    output_field = TextField()


def named(rows: QuerySet, text: str, *, merchant_ids: Sequence[int], customer: str = "") -> QuerySet:
    """Those of `rows` whose customer, at the path `customer` (empty: the rows themselves), has `text` in the name.

    `rows` are of these merchants only. Two queries at most, beside that of the rows.
    """
    found = _ids(text, merchant_ids)
    if found is not None:
        return rows.filter(**{f"{customer or 'pk'}__in": found})
    name = f"{customer}__name" if customer else "name"
    sought = Letters(Value(text, TextField()))
    return rows.alias(name_at=StrIndex(Letters(F(name)), sought)).filter(name_at__gt=0)


def _ids(text: str, merchant_ids: Sequence[int]) -> list[int] | None:
    """Of all customers with `text` in the name; None for a name that many have, whose rows are better walked."""
    given = {"text": text, "merchants": list(merchant_ids), "sample": SAMPLE, "limit": MOST + 1}
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, given)
        hits, seen = cursor.fetchone()
        if seen >= LEAST_SEEN and 100 * hits >= COMMON_PERCENT * seen:
            return None
        cursor.execute(_NAMED, given)
        found = [customer_id for (customer_id,) in cursor.fetchall()]
    return found if len(found) <= MOST else None

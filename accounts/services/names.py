"""Reading new names into the search: what the triggers noted becomes letters, found by their parts."""

from django.db import connection, transaction

# One reader at a time: two could write an older and a newer name of one person in the wrong order.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('accounts.names'))"
_READ = """
WITH noted AS (
     DELETE FROM accounts_nametoread WHERE id IN (SELECT id FROM accounts_nametoread ORDER BY id LIMIT %s)
  RETURNING customer_id
), known AS (
     SELECT DISTINCT c.id, c.merchant_id, c.name FROM noted JOIN accounts_customer c ON c.id = noted.customer_id
), forgotten AS (
     DELETE FROM accounts_nameletters l USING known WHERE l.customer_id = known.id AND known.name = ''
), written AS (
     INSERT INTO accounts_nameletters (customer_id, merchant_id, letters)
     SELECT id, merchant_id, amends_letters(name) FROM known WHERE name <> '' ORDER BY id
         ON CONFLICT (customer_id) DO UPDATE SET letters = excluded.letters
)
SELECT count(*) FROM noted
"""
# What is inserted waits in a list that every search looks through; here it moves to its place.
_SORT_IN = "SELECT gin_clean_pending_list('name_by_parts')"


def read_names(*, limit: int = 10_000) -> int:
    """Read up to `limit` of the names that are new; how many there were. Safe to run twice at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_READ, [limit])
        (count,) = cursor.fetchone()
        if count:
            cursor.execute(_SORT_IN)
    return count

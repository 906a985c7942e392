"""Opening: overdue payments gather into cases, one open case per customer and currency.

One statement per call, whatever the number of payments. A customer is taken whole, so a case opens with all it has.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from ..delinquency import GRACE_DAYS, LIMITATION_YEARS, default_thresholds, today_by_zone, unknown_zone
from ..gain import chance_sql

# `defaults.delinquency.is_in_default` over rows (a test compares them); the constant bound serves the partial index.
_DUE = """
      p.outstanding_minor > 0 AND NOT p.in_case
  AND p.due_on < coalesce(cz.today, m.today, %(unknown)s::date) - coalesce(t.grace_days, %(grace)s)
  AND p.due_on >= coalesce(cz.today, m.today, %(unknown)s::date)
                  - make_interval(years => coalesce(t.limitation_years, %(years)s))
  AND NOT EXISTS (SELECT FROM defaults_dispute_payments dp JOIN defaults_dispute d ON d.id = dp.dispute_id
                   WHERE dp.payment_id = p.id AND d.state = 'upheld')
"""
_PARTIES = """
  FROM accounts_payment p
  JOIN accounts_customer u ON u.id = p.customer_id
  JOIN merchant m ON m.id = p.merchant_id
  LEFT JOIN zone cz ON cz.name = u.time_zone
  LEFT JOIN term t ON t.merchant_id = p.merchant_id AND t.currency = p.currency
"""
_OPEN = f"""
WITH zone AS MATERIALIZED (
     SELECT * FROM unnest(%(zones)s::text[], %(todays)s::date[]) AS zone(name, today)
), threshold AS MATERIALIZED (
     SELECT * FROM unnest(%(currencies)s::text[], %(thresholds)s::bigint[]) AS threshold(currency, minor)
), merchant AS MATERIALIZED (
     SELECT m.id, z.today FROM accounts_merchant m LEFT JOIN zone z ON z.name = m.time_zone
), term AS MATERIALIZED (
     SELECT * FROM defaults_collectionterms
), near AS MATERIALIZED (
     SELECT due_on, id, customer_id FROM accounts_payment p
      WHERE outstanding_minor > 0 AND NOT in_case AND (due_on, id) > (%(after_on)s::date, %(after_id)s)
        AND due_on < %(latest)s::date - least(%(grace)s, (SELECT min(grace_days) FROM defaults_collectionterms))
      ORDER BY due_on, id LIMIT %(limit)s
), due AS MATERIALIZED (
     SELECT p.id, p.merchant_id, p.customer_id, p.currency, p.due_on, p.outstanding_minor,
            t.collection_threshold_minor AS threshold_minor,
            coalesce(m.today, %(unknown)s::date) AS merchant_today {_PARTIES}
      WHERE p.customer_id IN (SELECT customer_id FROM near WHERE customer_id %% %(parts)s = %(part)s) AND {_DUE}
        FOR NO KEY UPDATE OF p SKIP LOCKED
), claim AS MATERIALIZED (
     SELECT customer_id, currency, min(merchant_id) AS merchant_id, sum(outstanding_minor)::bigint AS claimed_minor,
            min(due_on) AS oldest_due_on, min(threshold_minor) AS threshold_minor, array_agg(id) AS payments,
            min(merchant_today) AS merchant_today
       FROM due GROUP BY customer_id, currency
), known AS MATERIALIZED (
     SELECT c.id, c.customer_id, c.currency, c.state, c.version
       FROM defaults_defaultcase c JOIN claim USING (customer_id, currency)
      WHERE c.state <> 'closed' ORDER BY c.id FOR NO KEY UPDATE OF c
), earlier AS MATERIALIZED (
     SELECT DISTINCT ON (due.customer_id, due.currency) due.customer_id, due.currency, c.id AS case_id
       FROM due
       JOIN defaults_caseitem i ON i.payment_id = due.id AND i.released_at IS NOT NULL
       JOIN defaults_defaultcase c ON c.id = i.case_id AND c.state = 'closed'
      ORDER BY due.customer_id, due.currency, c.closed_at DESC, c.id DESC
), opened AS (
     INSERT INTO defaults_defaultcase (merchant_id, customer_id, currency, state, claimed_minor, oldest_due_on,
                                       opened_at, previous_case_id, next_review_at, review_reason, chance)
     SELECT merchant_id, customer_id, currency, CASE WHEN is_worth_it THEN 'open' ELSE 'pooling' END, claimed_minor,
            oldest_due_on, %(now)s, case_id, CASE WHEN is_worth_it THEN %(now)s::timestamptz END,
            CASE WHEN is_worth_it THEN 'opened' ELSE '' END, {chance_sql("oldest_due_on", "merchant_today")}
       FROM claim
       LEFT JOIN earlier USING (customer_id, currency)
       LEFT JOIN threshold USING (currency)
      CROSS JOIN LATERAL (SELECT claimed_minor >= coalesce(threshold_minor, minor, 1) AS is_worth_it) w
      WHERE (customer_id, currency) NOT IN (SELECT customer_id, currency FROM known)
      ORDER BY customer_id, currency
         -- Somebody opened it this instant: the next call finds it.
         ON CONFLICT DO NOTHING
     RETURNING id, customer_id, currency, state
), place AS MATERIALIZED (
     SELECT id, customer_id, currency, '' AS from_state, state, 1 AS seq, ''::bytea AS previous, 'opened' AS kind
       FROM opened
      UNION ALL
     SELECT k.id, customer_id, currency, state, state, version + 1, coalesce(e.digest, ''), 'item_added'
       FROM known k LEFT JOIN defaults_caseevent e ON e.case_id = k.id AND e.seq = k.version
), items AS (
     INSERT INTO defaults_caseitem (case_id, payment_id, added_at)
     SELECT place.id, due.id, %(now)s FROM due JOIN place USING (customer_id, currency) ORDER BY place.id, due.id
     RETURNING 1
), marked AS (
     -- What an existing case gains is assessed with all its facts by `reassess_touched`.
     UPDATE accounts_payment p SET in_case = true, touched = place.kind = 'item_added'
       FROM (SELECT due.id, place.kind FROM due JOIN place USING (customer_id, currency) ORDER BY due.id) place
      WHERE p.id = place.id
), raised AS (
     UPDATE defaults_defaultcase c SET version = known.version + 1 FROM known WHERE c.id = known.id
), told AS (
     INSERT INTO defaults_caseevent (case_id, seq, kind, from_state, to_state, at, actor, data, digest)
     SELECT place.id, seq, kind, from_state, state, %(now)s, 'system', d.data,
            amends_entry_digest(previous, place.id, seq, kind, from_state, state, %(now)s, 'system', '', d.data)
       FROM place JOIN claim USING (customer_id, currency)
      CROSS JOIN LATERAL (SELECT jsonb_build_object('payments', payments, 'claimed_minor', claimed_minor) AS data) d
      ORDER BY place.id
     RETURNING 1
)
SELECT (SELECT count(*) FROM opened), (SELECT count(*) FROM known), (SELECT count(*) FROM items),
       (SELECT count(*) FROM near), (SELECT ARRAY[(due_on - date 'epoch')::bigint, id] FROM near
                                      ORDER BY due_on DESC, id DESC LIMIT 1)
"""
_EASTERNMOST = timedelta(hours=14)
_EPOCH = date(1970, 1, 1)
# Larger than the default, for sorts and sums of one chunk.
_MEMORY = "SET LOCAL work_mem = '64MB'"


class Place(NamedTuple):
    """A place in the order in which overdue payments are looked at."""

    due_on: date
    payment_id: int


START = Place(date.min, 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """How many cases were opened, how many open ones gained items, how many payments joined in all.

    `reached`: where to go on; None when everything due was looked at.
    """

    cases: int
    extended: int
    payments: int
    reached: Place | None


def open_cases(
    *, now: datetime, limit: int = 20_000, part: int = 0, parts: int = 1, after: Place | None = None
) -> Opened:
    """Gather overdue payments into cases: those of the customers behind the next `limit` overdue ones, longest first.

    Call again until no payment joined; giving `after` what the last call reached saves looking at the same ones again.
    With `parts` > 1 only customers of share `part` are taken, so that several connections work side by side without
    meeting. Safe to run twice at once: whatever is locked is left to the other.
    """
    place = after or START
    while True:
        opened = _open_next(now=now, limit=limit, part=part, parts=parts, after=place)
        if opened.payments or opened.reached is None:
            return opened
        place = opened.reached


def _open_next(*, now: datetime, limit: int, part: int, parts: int, after: Place) -> Opened:
    zones = today_by_zone(now)
    values = {
        "now": now,
        "latest": (now + _EASTERNMOST).date(),
        "unknown": unknown_zone(now),
        "zones": list(zones),
        "todays": list(zones.values()),
        "currencies": list(default_thresholds()),
        "thresholds": list(default_thresholds().values()),
        "grace": GRACE_DAYS,
        "years": LIMITATION_YEARS,
        "limit": limit,
        "part": part,
        "parts": parts,
        "after_on": after.due_on,
        "after_id": after.payment_id,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        cursor.execute(_OPEN, values)
        cases, extended, payments, looked_at, last = cursor.fetchone()
    reached = Place(_EPOCH + timedelta(days=last[0]), last[1]) if looked_at == limit else None
    return Opened(cases, extended, payments, reached)

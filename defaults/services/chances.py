"""What each case is expected to bring, kept as it ages: a case carries the chance of its age by its merchant's calendar."""

from datetime import date, datetime

from django.db import connection

from common.calendar import local_date, zone_of

from ..delinquency import today_by_zone, unknown_zone
from ..gain import chance_sql
from ..models import DefaultCase

_KEEP = f"""
WITH merchant AS MATERIALIZED (
     SELECT m.id, coalesce(z.today, %(unknown)s::date) AS today
       FROM accounts_merchant m
       LEFT JOIN unnest(%(zones)s::text[], %(todays)s::date[]) AS z(name, today) ON z.name = m.time_zone
), aged AS (
     SELECT c.id, {chance_sql("c.oldest_due_on", "merchant.today")} AS chance
       FROM defaults_defaultcase c JOIN merchant ON merchant.id = c.merchant_id
      WHERE c.state <> 'closed' AND c.chance <> {chance_sql("c.oldest_due_on", "merchant.today")}
      LIMIT %(limit)s FOR NO KEY UPDATE OF c SKIP LOCKED
)
UPDATE defaults_defaultcase c SET chance = aged.chance FROM aged WHERE c.id = aged.id
"""


def keep_chances(*, now: datetime, limit: int = 20_000) -> int:
    """Bring up to `limit` cases whose age has reached another chance up to date; how many. Safe to run twice at once."""
    zones = today_by_zone(now)
    values = {
        "zones": list(zones),
        "todays": list(zones.values()),
        "unknown": unknown_zone(now),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return cursor.rowcount


def merchant_today(case: DefaultCase, now: datetime) -> date:
    """The date by which a case's age counts for its chance."""
    zone = zone_of(case.merchant.time_zone)
    return local_date(now, zone) if zone else unknown_zone(now)

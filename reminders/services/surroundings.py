"""What many cases share: their merchants' terms, what is switched off, and the holidays in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db import connection

from common.calendar import HolidayCalendar
from defaults.delinquency import DefaultTerms, default_terms

_MERCHANTS = """
SELECT m.id, m.legal_role, m.jurisdiction, m.time_zone, m.locale, m.feed_seen_at, m.feed_silence_limit,
       CASE WHEN EXISTS (SELECT FROM reminders_sendhold WHERE lifted_at IS NULL) THEN 'send_hold'
            WHEN m.sending_paused_at IS NOT NULL THEN 'merchant'
            WHEN (SELECT p.paused_at FROM reminders_dunningpolicy p
                   WHERE (p.merchant_id = m.id OR p.merchant_id IS NULL)
                     AND EXISTS (SELECT FROM reminders_policyversion v WHERE v.policy_id = p.id AND v.state = 'live')
                   ORDER BY p.merchant_id NULLS LAST LIMIT 1) IS NOT NULL THEN 'policy' END,
       (SELECT v.id FROM reminders_policyversion v JOIN reminders_dunningpolicy p ON p.id = v.policy_id
         WHERE v.state = 'live' AND (p.merchant_id = m.id OR p.merchant_id IS NULL)
         ORDER BY p.merchant_id NULLS LAST LIMIT 1)
  FROM accounts_merchant m WHERE m.id = ANY(%s)
"""
_TERMS = """
SELECT merchant_id, currency, grace_days, collection_threshold_minor, limitation_years
  FROM defaults_collectionterms WHERE merchant_id = ANY(%s)
"""
_OVERRIDES = "SELECT jurisdiction, \"on\", change = 'add' FROM reminders_holidayoverride ORDER BY 1, 2"


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """`paused`: why nothing is sent for this merchant: send_hold, merchant, policy, or None.

    `policy_version_id`: the live version for cases that have none of their own yet; None: there is no policy.
    """

    legal_role: str
    jurisdiction: str
    time_zone: str
    locale: str
    feed_seen_at: datetime | None
    feed_silence_limit: timedelta
    paused: str | None
    policy_version_id: int | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    merchants: Mapping[int, MerchantFacts]
    terms: Mapping[tuple[int, str], DefaultTerms]
    calendar: HolidayCalendar

    def terms_of(self, merchant_id: int, currency: str) -> DefaultTerms:
        return self.terms.get((merchant_id, currency)) or default_terms(currency)


def load_surroundings(merchant_ids: Collection[int]) -> Surroundings:
    """Three queries, however many merchants."""
    ids = list(merchant_ids)
    with connection.cursor() as cursor:
        cursor.execute(_MERCHANTS, [ids])
        merchants = {row[0]: MerchantFacts(*row[1:]) for row in cursor.fetchall()}
        cursor.execute(_TERMS, [ids])
        terms = {
            (merchant_id, currency): DefaultTerms(*rest) for merchant_id, currency, *rest in cursor.fetchall()
        }
        cursor.execute(_OVERRIDES)
        overrides = tuple(cursor.fetchall())
    return Surroundings(merchants=merchants, terms=terms, calendar=_calendar(overrides))


@lru_cache(maxsize=4)
def _calendar(overrides: tuple[tuple[str, date, bool], ...]) -> HolidayCalendar:
    """Kept between loads: a calendar remembers the days it has worked out."""
    return HolidayCalendar({(where, day): is_added for where, day, is_added in overrides})

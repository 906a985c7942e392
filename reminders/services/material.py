"""What the messages of a group are made of: read under the contact lock, a few queries for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import connection

from common.calendar import zone_of
from defaults.services.links import create_links

from ..correspondence import IN_FULL, SOFT
from ..rendering import ClaimedItem, OfferTerms, Text
from .claim import Claimed
from .letters import Told, last_moment

# Whoever holds the code must not find the way in beside it.
_WITHOUT_LINK = frozenset({"code"})

_PARTIES = """
SELECT c.id, c.currency, c.merchant_id, m.name, m.contact_line, u.name, a.sealed,
       array[coalesce(p.language, ''), u.locale, m.locale], array[u.time_zone, m.time_zone],
       EXISTS (SELECT FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
                WHERE i.case_id = c.id AND i.released_at IS NULL AND p.outstanding_minor > 0)
  FROM defaults_defaultcase c
  JOIN accounts_merchant m ON m.id = c.merchant_id
  JOIN accounts_customer u ON u.id = c.customer_id
  LEFT JOIN accounts_contactpreference p ON p.customer_id = u.id
  LEFT JOIN accounts_contactpoint a ON a.customer_id = u.id AND a.channel = %(channel)s
 WHERE c.id = ANY(%(cases)s)
"""
_ITEMS = """
SELECT i.case_id, p.id, coalesce(nullif(p.description, ''), p.product), p.outstanding_minor, p.due_on
  FROM defaults_caseitem i JOIN accounts_payment p ON p.id = i.payment_id
 WHERE i.case_id = ANY(%(cases)s) AND i.released_at IS NULL AND p.outstanding_minor > 0
   AND NOT EXISTS (SELECT FROM defaults_dispute d JOIN defaults_dispute_payments q ON q.dispute_id = d.id
                    WHERE d.case_id = i.case_id AND d.state = 'raised' AND q.payment_id = p.id)
 ORDER BY p.due_on, p.id
"""
# Asking has rested for hardship, or rests.
_SPARED = """
SELECT DISTINCT case_id FROM defaults_hold WHERE case_id = ANY(%(cases)s) AND reason = 'hardship'
"""
_OFFERS = """
SELECT case_id, pay_minor, outstanding_minor, expires_at FROM defaults_settlementoffer
 WHERE case_id = ANY(%(cases)s) AND state = 'live' AND expires_at > %(now)s
"""
_TEXTS = """
SELECT DISTINCT ON (key, language, merchant_id) key, language, merchant_id, subject, body
  FROM reminders_template
 WHERE channel = %(channel)s AND key = ANY(%(keys)s) AND (merchant_id IS NULL OR merchant_id = ANY(%(merchants)s))
 ORDER BY key, language, merchant_id, version DESC
"""


@dataclass(frozen=True, slots=True)
class Party:
    """Who writes to whom about what. `languages` and `zones`: the first that is any; `has_open`: disputed or not."""

    case_id: int
    currency: str
    merchant_id: int
    merchant: str
    contact: str
    customer: str
    sealed: bytes | None
    languages: list[str]
    zones: list[str]
    has_open: bool


@dataclass(frozen=True, slots=True)
class Material:
    """What the messages of a group are made of, by case id; `texts` by template key, merchant (or None) and language.

    `letters`: by id of the entry a message answers. `spared`: cases in which asking has rested for hardship.
    """

    parties: Mapping[int, Party]
    items: Mapping[int, tuple[ClaimedItem, ...]]
    texts: Mapping[tuple[str, int | None], Mapping[str, Text]]
    tokens: Mapping[int, str]
    offers: Mapping[int, OfferTerms]
    spared: frozenset[int]
    letters: Mapping[int, Told]


def load_material(
    messages: Collection[Claimed],
    *,
    letters: Mapping[int, Told],
    channel: str,
    now: datetime,
    tokens: Mapping[int, str] | None = None,
) -> Material:
    """Six queries and one that makes the links. All `messages` are of one channel.

    `tokens`: what stands in the links of messages that are only looked at; then none is made.
    """
    case_ids = [message.case_id for message in messages]
    values = {
        "cases": case_ids,
        "channel": channel,
        "keys": sorted({key for message in messages for key in _keys(message.template_key)}),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, values)
        parties = {row[0]: Party(*row) for row in cursor.fetchall()}
        cursor.execute(_ITEMS, values)
        items = _items(cursor.fetchall())
        cursor.execute(
            _TEXTS, values | {"merchants": list({party.merchant_id for party in parties.values()})}
        )
        texts = _texts(cursor.fetchall())
        cursor.execute(_OFFERS, values)
        offers = {row[0]: _offer(row, parties[row[0]]) for row in cursor.fetchall()}
        cursor.execute(_SPARED, values)
        spared = frozenset(case_id for (case_id,) in cursor.fetchall())
    if tokens is None:
        linked = [message.case_id for message in messages if message.template_key not in _WITHOUT_LINK]
        tokens = create_links(case_ids=linked, now=now) if linked else {}
    return Material(parties, items, texts, tokens, offers, spared, letters)


def in_language(material: Material, language: str) -> Material:
    """The same material as if everybody had asked for this language."""
    parties = {
        case_id: replace(party, languages=[language, *party.languages])
        for case_id, party in material.parties.items()
    }
    return replace(material, parties=parties)


def _keys(key: str) -> tuple[str, ...]:
    return key, key + IN_FULL, key + SOFT


def _offer(row: tuple, party: Party) -> OfferTerms:
    _, pay_minor, owed_minor, expires_at = row
    zone = next(filter(None, map(zone_of, party.zones)), UTC)
    return OfferTerms(pay_minor, owed_minor, last_moment(expires_at, zone))


def _items(rows: Iterable[tuple]) -> dict[int, tuple[ClaimedItem, ...]]:
    items: dict[int, list[ClaimedItem]] = defaultdict(list)
    for case_id, *item in rows:
        items[case_id].append(ClaimedItem(*item))
    return {case_id: tuple(some) for case_id, some in items.items()}


def _texts(rows: Iterable[tuple]) -> dict[tuple[str, int | None], dict[str, Text]]:
    texts: dict[tuple[str, int | None], dict[str, Text]] = defaultdict(dict)
    for key, language, merchant_id, subject, body in rows:
        texts[key, merchant_id][language] = Text(language, subject, body)
    return texts

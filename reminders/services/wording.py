"""The live values and the text of a message that may leave: read under the contact lock, a few queries for a group."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from accounts.models import ContactPoint
from accounts.services.contacts import open_address
from defaults.models.case import number_of
from defaults.services.links import create_links

from ..rendering import ClaimedItem, Said, Text, choose_language, render
from .claim import Claimed

_PARTIES = """
SELECT c.id, c.currency, c.merchant_id, m.name, m.contact_line, u.name, a.sealed,
       array[coalesce(p.language, ''), u.locale, m.locale]
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
_TEXTS = """
SELECT DISTINCT ON (key, language, merchant_id) key, language, merchant_id, subject, body
  FROM reminders_template
 WHERE channel = %(channel)s AND key = ANY(%(keys)s) AND (merchant_id IS NULL OR merchant_id = ANY(%(merchants)s))
 ORDER BY key, language, merchant_id, version DESC
"""


class NothingToSay(Exception):
    """The message cannot be worded: no template in any language, or no address."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it will leave. `claims`: the payments it names, `claimed_minor`: their sum."""

    to: str
    language: str
    subject: str
    body: str
    claims: list[int]
    claimed_minor: int


@dataclass(frozen=True, slots=True)
class Material:
    """What the messages of a group are made of, by case id; `texts` by template key, merchant (or None) and language."""

    parties: Mapping[int, tuple]
    items: Mapping[int, tuple[ClaimedItem, ...]]
    texts: Mapping[tuple[str, int | None], Mapping[str, Text]]
    tokens: Mapping[int, str]


def load_material(messages: Collection[Claimed], *, channel: str, now: datetime) -> Material:
    """Four queries and one that makes the links. All `messages` are of one channel."""
    case_ids = [message.case_id for message in messages]
    values = {
        "cases": case_ids,
        "channel": channel,
        "keys": list({message.template_key for message in messages}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, values)
        parties = {row[0]: row for row in cursor.fetchall()}
        cursor.execute(_ITEMS, values)
        items = _items(cursor.fetchall())
        cursor.execute(_TEXTS, values | {"merchants": list({row[2] for row in parties.values()})})
        texts = _texts(cursor.fetchall())
    return Material(parties, items, texts, create_links(case_ids=case_ids, now=now))


def word(message: Claimed, material: Material) -> Words:
    """The message with live amounts. Raises NothingToSay, UnknownPlaceholder, NotSealedHere."""
    _, currency, merchant_id, merchant, contact, customer, sealed, wanted = material.parties[message.case_id]
    text = _choose(material, key=message.template_key, merchant_id=merchant_id, wanted=wanted)
    items = material.items.get(message.case_id, ())
    if not items or sealed is None:
        raise NothingToSay("no open payment" if sealed is not None else "no address")
    amount = sum(item.outstanding_minor for item in items)
    said = Said(
        merchant=merchant,
        contact=contact,
        customer=customer,
        case=number_of(message.case_id),
        currency=currency,
        amount_minor=amount,
        items=items,
        link=f"{settings.PUBLIC_URL}/r/{material.tokens[message.case_id]}/",
    )
    subject, body = render(text, said)
    return Words(
        to=open_address(
            ContactPoint(customer_id=message.customer_id, channel=message.channel, sealed=sealed)
        ),
        language=text.language,
        subject=subject,
        body=body,
        claims=[item.payment_id for item in items],
        claimed_minor=amount,
    )


def _choose(material: Material, *, key: str, merchant_id: int, wanted: list[str]) -> Text:
    """The merchant's own text if it has one in the language chosen, else the product's."""
    own, shipped = material.texts.get((key, merchant_id), {}), material.texts.get((key, None), {})
    language = choose_language([tag for tag in wanted if tag], [*own, *shipped])
    if language is None:
        raise NothingToSay(f"no template {key}")
    return own.get(language) or shipped[language]


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

"""The text of a message that may leave, with its live values."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import ContactPoint
from accounts.services.contacts import open_address
from defaults.models.case import number_of

from ..correspondence import IN_FULL, LETTERS, SOFT
from ..facts import ContactClass
from ..rendering import ClaimedItem, Said, Text, choose_language, render
from .claim import Claimed
from .material import Material, Party


class NothingToSay(Exception):
    """The message cannot be worded: no template in any language, no address, or nothing open."""


class Overtaken(Exception):
    """What a letter would tell is so no more: the instalment is paid, the code is over."""


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
class Composed:
    """What a message says. `items`: the undisputed open payments it may name."""

    language: str
    subject: str
    body: str
    items: tuple[ClaimedItem, ...]


def word(message: Claimed, material: Material) -> Words:
    """The message with live amounts. Raises NothingToSay, Overtaken, UnknownPlaceholder, NotSealedHere.

    A letter speaks of what happened and needs nothing open; it claims payments only where it counts as a contact.
    """
    party = material.parties[message.case_id]
    if party.sealed is None:
        raise NothingToSay("no address")
    said = compose(message, material)
    is_letter = message.answers_id in material.letters
    claimed = said.items if not is_letter or message.contact_class == ContactClass.INFO else ()
    return Words(
        to=open_address(
            ContactPoint(customer_id=message.customer_id, channel=message.channel, sealed=party.sealed)
        ),
        language=said.language,
        subject=said.subject,
        body=said.body,
        claims=[item.payment_id for item in claimed],
        claimed_minor=sum(item.outstanding_minor for item in claimed) if claimed else None,
    )


def compose(message: Claimed, material: Material) -> Composed:
    """What the message says, wherever it goes. Raises NothingToSay, Overtaken, UnknownPlaceholder."""
    party = material.parties[message.case_id]
    items = material.items.get(message.case_id, ())
    letter = material.letters.get(message.answers_id)
    if letter is None and not items:
        raise NothingToSay("no open payment")
    if letter is not None and not LETTERS[letter.kind].values <= letter.values.keys():
        raise Overtaken
    text = _choose(material, party, keys=_wanted_keys(message, material, party))
    said = Said(
        merchant=party.merchant,
        contact=party.contact,
        customer=party.customer,
        case=number_of(message.case_id),
        currency=party.currency,
        amount_minor=sum(item.outstanding_minor for item in items),
        items=items,
        link=f"{settings.PUBLIC_URL}/r/{material.tokens.get(message.case_id, '')}/",
        offer=material.offers.get(message.case_id),
        more=letter.values if letter else {},
    )
    subject, body = render(text, said)
    return Composed(text.language, subject, body, items)


def languages_of(message: Claimed, material: Material) -> list[str]:
    """In which there is a text for this message, sorted."""
    party = material.parties[message.case_id]
    for key in _wanted_keys(message, material, party):
        found = {*material.texts.get((key, party.merchant_id), {}), *material.texts.get((key, None), {})}
        if found:
            return sorted(found)
    return []


def _wanted_keys(message: Claimed, material: Material, party: Party) -> tuple[str, ...]:
    """Template keys, the most fitting first: softer after hardship, another receipt where nothing is left open."""
    key = message.template_key
    if message.answers_id is None:
        return (key + SOFT, key) if message.case_id in material.spared else (key,)
    return (key,) if party.has_open else (key + IN_FULL, key)


def _choose(material: Material, party: Party, *, keys: tuple[str, ...]) -> Text:
    """The first of the keys there is a text of; the merchant's own in the language chosen, else the product's."""
    for key in keys:
        own, shipped = material.texts.get((key, party.merchant_id), {}), material.texts.get((key, None), {})
        language = choose_language(filter(None, party.languages), [*own, *shipped])
        if language is not None:
            return own.get(language) or shipped[language]
    raise NothingToSay(f"no template {keys[-1]}")

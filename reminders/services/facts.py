"""Loading what decisions are made from: a constant number of queries for any number of cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import msgspec

from defaults.case_states import CaseState
from defaults.delinquency import limitation_day

from ..contact_rules import counting
from ..facts import BlockedBand, CaseFacts, ContactClass, HoldFact, StepDone
from ..message_states import STEP_ENDED
from ..policy import PolicyVersion
from .case_rows import CaseRows, load_rows
from .surroundings import Surroundings, load_surroundings
from .versions import TREATED, arm_of, load_policies

INFO_COUNTED_FOR = timedelta(days=2)
ONE_DAY = timedelta(days=1)
# How long a stored but unapplied event of the customer silences them: longer than the sweep that applies it needs.
INBOX_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A case's facts with the keys that the services need beside them.

    The claimed sum is that of the balances as they are now, also where a payment has changed since the case was assessed.
    """

    facts: CaseFacts
    customer_id: int
    merchant_id: int
    policy: PolicyVersion | None


def load_facts(case_ids: Iterable[int], *, now: datetime) -> dict[int, CaseFacts]:
    """The facts of these cases as they stand at the business instant `now`."""
    loaded = load_cases(list(case_ids), now=now)
    return {case_id: case.facts for case_id, case in loaded.items()}


def load_cases(
    case_ids: list[int],
    *,
    now: datetime,
    without_messages: list[int] = (),
    with_inbox: bool = False,
) -> dict[int, LoadedCase]:
    """As `load_facts`.

    `without_messages`: messages whose own contact and step are left out, because the gate is deciding about them.
    `with_inbox`: also look for events that are stored and not applied; their customers count as having a payment under way.
    """
    if not case_ids:
        return {}
    about = load_rows(case_ids, now=now, without_messages=list(without_messages), with_inbox=with_inbox)
    surroundings = load_surroundings({row[1] for row in about.cases})
    versions = {row[0]: _version(row, about, surroundings) for row in about.cases}
    policies = load_policies(set(versions.values()) - {None})
    return {
        row[0]: _loaded(
            row, about=about, surroundings=surroundings, policy=policies.get(versions[row[0]]), now=now
        )
        for row in about.cases
    }


def _version(row: tuple, about: CaseRows, surroundings: Surroundings) -> int | None:
    """A case keeps the version of its first message."""
    kept = next((step[5] for step in about.steps.get(row[0], ()) if step[5] is not None), None)
    return kept or surroundings.merchants[row[1]].policy_version_id


def _loaded(
    row: tuple, *, about: CaseRows, surroundings: Surroundings, policy: PolicyVersion | None, now: datetime
) -> LoadedCase:
    case_id, merchant_id, customer_id, state, currency, oldest_due_on, opened_at, *person = row
    locale, time_zone, jurisdiction, birth_date, erased_at, language, stopped_at, channels, bands = person
    merchant = surroundings.merchants[merchant_id]
    terms = surroundings.terms_of(merchant_id, currency)
    zones = (time_zone or merchant.time_zone,)
    items = [item for item in about.items.get(case_id, ()) if (case_id, item[1]) not in about.disputed]
    contacts = about.contacts.get(customer_id, ())
    waiting_step, waiting_since = about.waiting.get(case_id, (None, None))
    facts = CaseFacts(
        case_id=case_id,
        state=state,
        currency=currency,
        claimed_minor=sum(item[3] for item in items),
        threshold_minor=terms.collection_threshold_minor,
        oldest_due_on=oldest_due_on,
        opened_at=opened_at,
        closed=state == CaseState.CLOSED,
        is_placed=state == CaseState.PLACED,
        has_live_agreement=state in (CaseState.PROMISED, CaseState.IN_PLAN),
        asking_since=about.asking_since.get(case_id),
        steps=tuple(_step(step) for step in about.steps.get(case_id, ())),
        holds=tuple(_hold(hold) for hold in about.holds.get(customer_id, ()) if hold[1] in (None, case_id)),
        waiting_step=waiting_step,
        waiting_since=waiting_since,
        arm=arm_of(case_id, policy.holdout_percent) if policy else TREATED,
        jurisdictions=_distinct(jurisdiction, merchant.jurisdiction),
        time_zones=zones,
        legal_role=merchant.legal_role,
        birth_date=birth_date,
        purchased_on=oldest_due_on,
        language=language or locale or merchant.locale,
        stopped_at=stopped_at or erased_at,
        blocked_channels=tuple(channels or ()),
        blocked_bands=_bands(bands) if bands and bands != "[]" else (),
        addresses=_addresses(about.addresses.get(customer_id, ()), customer_id),
        contacts=_contacts(contacts, items, zones) if contacts else {},
        info_sent=tuple(
            c[1] for c in contacts if c[2] == ContactClass.INFO and c[1] > now - INFO_COUNTED_FOR
        ),
        in_flight_until=_in_flight(items, waits=customer_id in about.pending, now=now),
        limitation_on=limitation_day(oldest_due_on, terms.limitation_years) + ONE_DAY,
        feed_seen_at=merchant.feed_seen_at,
        feed_silence_limit=merchant.feed_silence_limit,
        sending_paused=merchant.paused,
        calendar=surroundings.calendar,
    )
    return LoadedCase(facts=facts, customer_id=customer_id, merchant_id=merchant_id, policy=policy)


def _distinct(*codes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))


def _step(row: tuple) -> StepDone:
    _, key, position, state, ended_at, _ = row
    return StepDone(
        key=key, position=position, ended_at=ended_at if state in STEP_ENDED else None, state=state
    )


def _hold(row: tuple) -> HoldFact:
    _, _, reason, starts_at, until = row
    return HoldFact(reason=reason, starts_at=starts_at, until=until)


def _addresses(rows: Iterable[tuple], customer_id: int) -> dict[str, str]:
    """Channel to health of the customer's own addresses; a bar on another address of the person closes the channel too."""
    own = {channel: health for owner, channel, health in rows if owner == customer_id}
    barred = {channel: health for owner, channel, health in rows if owner != customer_id and channel in own}
    return own | barred


def _bands(text: str) -> tuple[BlockedBand, ...]:
    """From the JSON of `ContactPreference.blocked_bands`."""
    return tuple(
        BlockedBand(
            weekdays=tuple(band["days"]),
            starts=time.fromisoformat(band["from"]),
            ends=time.fromisoformat(band["until"]),
        )
        for band in msgspec.json.decode(text)
    )


def _contacts(
    contacts: list[tuple], items: list[tuple], zones: tuple[str, ...]
) -> dict[int, tuple[datetime, ...]]:
    """The counting contacts of each payment that is still claimed."""
    of_payment = {
        payment_id: [
            (at, ContactClass(said))
            for _, at, said, claims in contacts
            if claims is None or payment_id in claims
        ]
        for _, payment_id, *_ in items
    }
    return {payment_id: counting(made, zones) for payment_id, made in of_payment.items() if made}


def _in_flight(items: list[tuple], *, waits: bool, now: datetime) -> datetime | None:
    instants = [until for _, _, until, _ in items if until is not None]
    if waits:
        instants.append(now + INBOX_WAIT)
    return max(instants, default=None)

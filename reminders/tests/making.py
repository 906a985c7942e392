"""Facts for the tests of the pure rules: one plain case, and strategies for any case."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from reminders.contact_rules import catalogue
from reminders.facts import BlockedBand, CaseFacts, ContactClass, HoldFact, StepDone

OPENED_AT = datetime(2026, 11, 2, 1, tzinfo=UTC)  # Monday 10:00 in Seoul
SEOUL_NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)  # Friday
FIRST_PARTY = "merchant_first_party"

_PLAIN = {
    "case_id": 1,
    "state": "open",
    "currency": "KRW",
    "claimed_minor": 9_900,
    "threshold_minor": 1_000,
    "oldest_due_on": date(2026, 10, 20),
    "opened_at": OPENED_AT,
    "jurisdictions": ("KR",),
    "time_zones": ("Asia/Seoul",),
    "addresses": {"email": "ok", "sms": "ok"},
}


def facts(**changes) -> CaseFacts:
    return CaseFacts(**{**_PLAIN, **changes})


def rules_for(*jurisdictions: str, role: str = FIRST_PARTY, on: date = date(2026, 11, 20)):
    return catalogue(jurisdictions, role, on)


ZONES = (
    "Asia/Seoul",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Santiago",
    "Europe/London",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)
COUNTRIES = ("KR", "BR", "US", "US-MA", "US-CA", "GB", "DE", "FR", "EU", "UK", "XX")
REASONS = (
    "dispute",
    "promise",
    "claimed_paid",
    "hardship",
    "protection",
    "minor",
    "deceased",
    "staff",
    "whatever",
)

instants = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
near = st.integers(-40 * 24 * 60, 40 * 24 * 60).map(lambda minutes: SEOUL_NOON + timedelta(minutes=minutes))
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
bands = st.builds(
    BlockedBand, st.lists(st.integers(0, 6), max_size=3, unique=True).map(tuple), clocks, clocks
)
holds = st.builds(HoldFact, st.sampled_from(REASONS), near, st.none() | near)
step_dones = st.builds(
    StepDone,
    st.sampled_from(["reminder-1", "reminder-2", "offer", "last-notice", "gone"]),
    st.integers(0, 5),
    st.none() | near,
    st.sampled_from(["sent", "queued", "cancelled"]),
)
zone_lists = st.lists(st.sampled_from([*ZONES, "Mars/Phobos", ""]), max_size=3).map(tuple)
known_zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=2).map(tuple)
country_lists = st.lists(st.sampled_from(COUNTRIES), max_size=3).map(tuple)
classes = st.sampled_from(ContactClass)
channels = st.sampled_from(["email", "sms", "call", "pigeon"])


@st.composite
def any_facts(draw, zones=zone_lists) -> CaseFacts:
    return facts(
        closed=draw(st.sampled_from([False, False, False, True])),
        claimed_minor=draw(st.sampled_from([0, 1, 999, 1_000, 9_900, 10**12])),
        is_placed=draw(st.sampled_from([False, False, False, True])),
        has_live_agreement=draw(st.sampled_from([False, False, False, True])),
        opened_at=draw(near),
        asking_since=draw(st.none() | near),
        steps=draw(st.lists(step_dones, max_size=3).map(tuple)),
        holds=draw(st.lists(holds, max_size=3).map(tuple)),
        waiting_step=draw(st.sampled_from([None, "reminder-1", "offer", "gone"])),
        waiting_since=draw(st.none() | near),
        arm=draw(st.sampled_from(["treated", "treated", "holdout"])),
        jurisdictions=draw(country_lists),
        time_zones=draw(zones),
        birth_date=draw(st.none() | st.dates(date(1930, 1, 1), date(2020, 1, 1))),
        purchased_on=draw(st.none() | st.dates(date(2025, 1, 1), date(2026, 12, 1))),
        stopped_at=draw(st.none() | near),
        blocked_channels=draw(st.sampled_from([(), ("email",), ("sms",), ("email", "sms")])),
        blocked_bands=draw(st.lists(bands, max_size=2).map(tuple)),
        consented_channels=draw(st.sampled_from([(), ("sms",)])),
        addresses=draw(
            st.dictionaries(
                st.sampled_from(["email", "sms"]), st.sampled_from(["ok", "bounced", "suppressed"])
            )
        ),
        requested_on=draw(st.none() | st.just(date(2026, 11, 20))),
        contacts=draw(st.dictionaries(st.integers(1, 3), st.lists(near, max_size=8).map(tuple), max_size=2)),
        info_sent=draw(st.lists(near, max_size=2).map(tuple)),
        notices=draw(
            st.dictionaries(st.sampled_from(["mandate", "assignment"]), st.just(date(2026, 11, 10)))
        ),
        in_flight_until=draw(st.none() | near),
        limitation_on=draw(st.none() | st.dates(date(2026, 10, 1), date(2029, 1, 1))),
        feed_seen_at=draw(st.none() | near),
        feed_silence_limit=draw(st.none() | st.just(timedelta(hours=26))),
        sending_paused=draw(st.sampled_from([None, None, "merchant"])),
    )


ROLES = st.sampled_from([FIRST_PARTY, "pg_or_carrier_for_fee", "assignee", "licensed_collector"])


def _begun(until: datetime | None) -> HoldFact:
    return HoldFact("promise", SEOUL_NOON - timedelta(days=60), until)


@st.composite
def passing_facts(draw) -> CaseFacts:
    """Facts whose obstacles all go by themselves."""
    return facts(
        time_zones=draw(known_zones),
        jurisdictions=draw(country_lists),
        consented_channels=("sms", "call", "pigeon"),
        addresses={"email": "ok", "sms": "ok", "call": "ok", "pigeon": "ok"},
        holds=draw(st.lists(near.map(_begun), max_size=2).map(tuple)),
        blocked_bands=draw(st.lists(bands, max_size=2).map(tuple)),
        contacts=draw(st.dictionaries(st.integers(1, 3), st.lists(near, max_size=8).map(tuple), max_size=2)),
        in_flight_until=draw(st.none() | near),
    )

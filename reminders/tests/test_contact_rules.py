from datetime import UTC, date, datetime, timedelta

import pytest

from reminders.contact_rules import Basis, evaluate, every_rule, titles
from reminders.facts import ContactClass, HoldFact, Verdict

from .making import SEOUL_NOON, facts, rules_for

DEMAND, OFFER, INFO = ContactClass.DEMAND, ContactClass.OFFER, ContactClass.INFO
KOREAN = rules_for("KR")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ruling(case, contact_class=DEMAND, channel="email", now=SEOUL_NOON, rules=KOREAN):
    return evaluate(case, channel=channel, contact_class=contact_class, now=now, rules=rules)


def seoul(day, clock):
    return datetime.fromisoformat(f"{day}T{clock}+09:00").astimezone(UTC)


def refused_by(case, **more):
    found = ruling(case, **more)
    return found.verdict, found.rule_id


def test_a_plain_case_may_be_asked_at_noon_on_a_working_day():
    assert ruling(facts()).verdict is Verdict.ALLOW


def test_every_rule_is_asked_also_after_one_has_refused():
    allowed = ruling(facts())
    refused = ruling(facts(stopped_at=SEOUL_NOON - DAY, addresses={}, claimed_minor=0))
    assert [a.rule_id for a in refused.asked] == [a.rule_id for a in allowed.asked]
    assert {a.rule_id for a in refused.asked if a.verdict is Verdict.BLOCK} == {
        "BASE-OWED",
        "BASE-ADDRESS",
        "BASE-STOP",
    }


def test_two_jurisdictions_bring_the_rules_of_both():
    ids = {rule.id for rule in rules_for("KR", "DE")}
    assert {"KR-NIGHT", "EU-HOURS", "KR-7IN7", "EU-3IN7", "KR-REST", "EU-REST"} <= ids
    assert "BASE-NIGHT" not in ids


@pytest.mark.parametrize(
    ("reason", "jurisdiction", "rule"),
    [
        ("dispute", "KR", "KR-DISPUTE"),
        ("dispute", "BR", "BASE-DISPUTE"),
        ("claimed_paid", "KR", "BASE-PAID"),
        ("promise", "KR", "BASE-PROMISE"),
        ("hardship", "KR", "KR-DEFER"),
        ("hardship", "GB", "UK-CONC7-FB"),
        ("protection", "KR", "KR-CCRS"),
        ("protection", "GB", "UK-BS"),
        ("insolvency", "KR", "KR-INSOLV"),
        ("lawyer", "KR", "KR-LAWYER"),
        ("fraud", "KR", "KR-NOSELL"),
        ("deceased", "KR", "BASE-DECEASED"),
        ("minor", "KR", "BASE-CHILD"),
        ("staff", "KR", "BASE-HOLD"),
        ("something new", "US", "BASE-HOLD"),
    ],
)
def test_each_kind_of_hold_blocks_under_its_rule(reason, jurisdiction, rule):
    case = facts(holds=(HoldFact(reason, SEOUL_NOON - DAY),))
    assert refused_by(case, rules=rules_for(jurisdiction)) == (Verdict.BLOCK, rule)


def test_a_hold_with_an_end_defers_to_the_first_lawful_minute_after_it():
    case = facts(holds=(HoldFact("promise", SEOUL_NOON - DAY, seoul("2026-11-25", "00:00:00")),))
    found = ruling(case)
    assert (found.verdict, found.until) == (Verdict.DEFER, seoul("2026-11-25", "08:00:00"))


def test_a_hold_that_ended_or_has_not_begun_does_not_bind():
    ended = HoldFact("dispute", SEOUL_NOON - DAY, SEOUL_NOON)
    later = HoldFact("dispute", SEOUL_NOON + HOUR)
    assert ruling(facts(holds=(ended, later))).verdict is Verdict.ALLOW


def test_a_dispute_does_not_stop_a_receipt():
    case = facts(holds=(HoldFact("dispute", SEOUL_NOON - DAY),))
    assert ruling(case, ContactClass.RECEIPT).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("changes", "verdict", "rule"),
    [
        ({"birth_date": date(2008, 1, 1), "purchased_on": date(2026, 10, 1)}, Verdict.BLOCK, "KR-MINOR"),
        ({"limitation_on": date(2026, 11, 20)}, Verdict.BLOCK, "KR-TBAR"),
        ({"stopped_at": SEOUL_NOON}, Verdict.BLOCK, "BASE-STOP"),
        ({"blocked_channels": ("email",)}, Verdict.BLOCK, "KR-CHANNEL"),
        ({"addresses": {"sms": "ok"}}, Verdict.BLOCK, "BASE-ADDRESS"),
        ({"addresses": {"email": "bounced"}}, Verdict.BLOCK, "BASE-ADDRESS"),
        ({"addresses": {"email": "suppressed"}}, Verdict.BLOCK, "BASE-ADDRESS"),
        ({"closed": True}, Verdict.BLOCK, "BASE-OWED"),
        ({"in_flight_until": SEOUL_NOON + HOUR}, Verdict.DEFER, "BASE-INFLIGHT"),
        ({"sending_paused": "merchant"}, Verdict.DEFER, "BASE-PAUSED"),
        ({"feed_silence_limit": 26 * HOUR}, Verdict.DEFER, "BASE-FEED"),
        (
            {"feed_silence_limit": 26 * HOUR, "feed_seen_at": SEOUL_NOON - 27 * HOUR},
            Verdict.DEFER,
            "BASE-FEED",
        ),
    ],
)
def test_a_single_fact_refuses(changes, verdict, rule):
    assert refused_by(facts(**changes)) == (verdict, rule)


def test_who_turned_nineteen_on_the_day_of_purchase_was_of_age():
    assert (
        ruling(facts(birth_date=date(2007, 10, 1), purchased_on=date(2026, 10, 1))).verdict is Verdict.ALLOW
    )


def test_an_eighteen_year_old_is_of_age_in_brazil():
    case = facts(birth_date=date(2008, 1, 1), purchased_on=date(2026, 10, 1))
    assert ruling(case, rules=rules_for("BR")).verdict is Verdict.ALLOW


def test_a_feed_seen_within_its_limit_is_trusted():
    case = facts(feed_silence_limit=26 * HOUR, feed_seen_at=SEOUL_NOON - 26 * HOUR)
    assert ruling(case).verdict is Verdict.ALLOW


def test_marketing_never_leaves():
    assert refused_by(facts(), contact_class=ContactClass.MARKETING) == (Verdict.BLOCK, "BASE-MARKETING")


def test_a_reply_may_go_out_at_night_on_the_day_of_the_request_only():
    night = seoul("2026-11-20", "23:00:00")
    asked = facts(requested_on=date(2026, 11, 20))
    assert ruling(asked, ContactClass.REPLY, now=night).verdict is Verdict.ALLOW
    assert ruling(asked, ContactClass.REPLY, now=night + 2 * HOUR).verdict is Verdict.BLOCK


def test_a_block_outweighs_a_deferral():
    assert refused_by(facts(stopped_at=SEOUL_NOON - DAY), now=seoul("2026-11-20", "23:00:00")) == (
        Verdict.BLOCK,
        "BASE-STOP",
    )


def test_a_collector_is_bound_by_law_where_a_seller_is_by_policy():
    seller = {rule.id: rule.basis for rule in KOREAN}
    collector = {rule.id: rule.basis for rule in rules_for("KR", role="licensed_collector")}
    assert (seller["KR-NIGHT"], collector["KR-NIGHT"]) == (Basis.POLICY, Basis.LAW)
    assert "KR-MANDATE" in collector
    assert "KR-MANDATE" not in seller


def test_a_collector_without_a_notified_mandate_needs_a_person():
    rules = rules_for("KR", role="pg_or_carrier_for_fee")
    assert refused_by(facts(), rules=rules) == (Verdict.NEEDS_APPROVAL, "KR-MANDATE")
    assert ruling(facts(notices={"mandate": date(2026, 11, 1)}), rules=rules).verdict is Verdict.ALLOW


def test_an_assignee_waits_ten_business_days_after_its_notice():
    rules = rules_for("KR", role="assignee", on=date(2027, 2, 5))
    notices = {"mandate": date(2027, 2, 4), "assignment": date(2027, 2, 4)}
    given = facts(legal_role="assignee", notices=notices)
    found = ruling(given, rules=rules, now=seoul("2027-02-05", "12:00:00"))
    assert (found.rule_id, found.until) == ("KR-ASSIGN", seoul("2027-02-22", "08:00:00"))


def test_californian_sellers_are_bound_as_collectors():
    assert "US-CEASE" not in {rule.id for rule in rules_for("US")}
    assert "US-CEASE" in {rule.id for rule in rules_for("US-CA")}


def test_a_text_to_an_american_mobile_needs_consent():
    case = facts(time_zones=("America/New_York",))
    now = datetime(2026, 11, 20, 17, tzinfo=UTC)
    rules = rules_for("US")
    assert refused_by(case, channel="sms", now=now, rules=rules) == (Verdict.NEEDS_APPROVAL, "US-TCPA")
    assert ruling(case, now=now, rules=rules).verdict is Verdict.ALLOW


def test_the_past_is_judged_by_the_rules_of_its_day():
    before = {rule.id for rule in rules_for("KR", on=date(2024, 10, 16))}
    assert "KR-7IN7" not in before
    assert "BASE-3IN7" in before


def test_every_rule_names_its_source_and_fits_its_column():
    for rule in every_rule():
        assert rule.source
        assert rule.title
        assert len(rule.id) <= 24
    assert titles()["KR-NIGHT"] == "Nothing between 21:00 and 08:00"

"""The default set: rules for every jurisdiction, each giving way to a jurisdiction's own rule of the same topic.

Only what can be decided from facts is here. What a text must say or must not show is checked where templates are kept.
Source of all: the product's own standard of decency (contact-rules.md 0 and 2.7), unless a rule names another.
"""

from datetime import time

from ..facts import ContactClass
from . import frequency, hours, stops
from .rule import EVERY_CLASS, SAFETY_MARGIN, UNASKED, Basis, Group, Rule, make_rule
from .windows import daily

EVERYWHERE = "*"
_OWN = "Product policy"
_NIGHT = daily(time(8), time(21), margin=SAFETY_MARGIN)


def _base(rule_id: str, title: str, topic: str, group: Group, check, **more) -> Rule:
    more.setdefault("source", _OWN)
    return make_rule(rule_id, title, jurisdiction=EVERYWHERE, topic=topic, group=group, check=check, **more)


def _hold(rule_id: str, title: str, topic: str, *reasons: str, **more) -> Rule:
    return _base(rule_id, title, topic, Group.STOP, stops.held_for(*reasons), **more)


RULES: tuple[Rule, ...] = (
    _hold("BASE-PROTECT", "Debt adjustment, insolvency or breathing space", "protection", "protection"),
    _hold("BASE-DISPUTE", "Disputed payments are not asked for", "dispute", "dispute"),
    _hold("BASE-PAID", "The customer says it is paid", "claimed_paid", "claimed_paid"),
    _hold("BASE-PROMISE", "A payment date is promised", "promise", "promise"),
    _hold("BASE-HARDSHIP", "Asking is deferred for hardship", "hardship", "hardship"),
    _hold("BASE-LAWYER", "A lawyer speaks for the customer", "lawyer", "lawyer"),
    _hold("BASE-FRAUD", "Fraud or an incident is being looked into", "fraud", "fraud"),
    _hold("BASE-DECEASED", "The customer has died", "deceased", "deceased", classes=EVERY_CLASS),
    _hold("BASE-CHILD", "The purchase may be a minor's", "minor_claimed", "minor", classes=UNASKED),
    _base("BASE-MINOR", "No asking of minors", "minor", Group.STOP, stops.minor(18), classes=UNASKED),
    _base("BASE-TBAR", "Nothing is asked after limitation", "limitation", Group.STOP, stops.time_barred),
    _base("BASE-OWED", "Only what is owed, in an open case", "owed", Group.STOP, stops.nothing_owed),
    _base("BASE-PLACED", "An agency has the case", "placed", Group.STOP, stops.placed_elsewhere),
    _base("BASE-AGREED", "A live agreement covers the case", "agreement", Group.STOP, stops.under_agreement),
    _base("BASE-INFLIGHT", "A payment is under way", "in_flight", Group.STOP, stops.payment_in_flight),
    _base("BASE-FEED", "The merchant's feed is silent for too long", "feed", Group.STOP, stops.feed_stale),
    _base(
        "BASE-PAUSED",
        "Sending is switched off",
        "paused",
        Group.STOP,
        stops.sending_paused,
        classes=EVERY_CLASS,
    ),
    _base("BASE-HOLD", "Asking is suspended", "hold", Group.STOP, stops.held_for_any),
    _base(
        "BASE-ZONE",
        "The customer's time zone must be known",
        "zone",
        Group.ADDRESS,
        stops.zone_unknown,
        classes=UNASKED,
    ),
    _base(
        "BASE-ADDRESS",
        "The address must be usable",
        "address",
        Group.ADDRESS,
        stops.address_unusable,
        classes=EVERY_CLASS,
    ),
    _base(
        "BASE-MARKETING",
        "No marketing in this product",
        "marketing",
        Group.CONSENT,
        stops.marketing,
        classes=frozenset({ContactClass.MARKETING}),
        source=f"{_OWN}; stricter than S-NET 50",
    ),
    _base(
        "BASE-STOP",
        "The customer asked for no more messages",
        "stop",
        Group.CONSENT,
        stops.asked_to_stop,
        classes=EVERY_CLASS - {ContactClass.NOTICE, ContactClass.REPLY},
    ),
    _base(
        "BASE-CHANNEL",
        "The customer closed this channel",
        "channel",
        Group.CONSENT,
        stops.channel_blocked,
        classes=UNASKED,
    ),
    _base(
        "BASE-REPLY",
        "A reply goes out on the day of the request",
        "reply",
        Group.CONSENT,
        stops.reply_too_late,
        classes=frozenset({ContactClass.REPLY}),
        source=f"{_OWN}, after S-PDPD 15(1)2",
    ),
    _base(
        "BASE-NIGHT",
        "Only between 08:00 and 21:00 at the customer's place",
        "night",
        Group.HOURS,
        hours.within(_NIGHT, "night"),
        classes=UNASKED,
        window=lambda facts: _NIGHT,
    ),
    _base(
        "BASE-HOURS",
        "The customer closed these hours",
        "own_hours",
        Group.HOURS,
        hours.within_own_hours,
        classes=UNASKED,
        window=hours.own_hours,
    ),
    _base(
        "BASE-3IN7",
        "At most 3 demands per claim in 7 days",
        "cap",
        Group.FREQUENCY,
        frequency.AtMost(3, 7),
        basis=Basis.POLICY,
    ),
)

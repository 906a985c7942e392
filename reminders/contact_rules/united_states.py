"""United States. Regulation F (12 CFR 1006) binds collectors; the seller itself keeps its hours as policy. Some
states bind sellers too: give the state as a jurisdiction of its own ("US-MA").

Not here, because no fact decides them: US-PLACE, US-3RD, US-OPTOUT, US-MINI (texts and addresses), US-VALID (goes
with the first message), US-CRA, US-RETAIN. Nobody calls, so the caps on calls never bite; they are kept for whoever
adds the channel.
"""

from datetime import time

from ..facts import ContactClass
from . import frequency, hours, stops
from .rule import EVERY_CLASS, SAFETY_MARGIN, UNASKED, Basis, Binds, Check, Group, Rule, make_rule
from .windows import daily

_DAYTIME = daily(time(8), time(21), margin=SAFETY_MARGIN)
_PHONE = frozenset({"call", "sms"})


def _american(rule_id: str, title: str, topic: str, group: Group, check: Check, source: str, **more) -> Rule:
    more.setdefault("jurisdiction", "US")
    return make_rule(rule_id, title, topic=topic, group=group, check=check, source=source, **more)


def _for_collectors(*args, **more) -> Rule:
    return _american(*args, binds=Binds.THIRD_PARTY, basis=Basis.LAW, **more)


RULES: tuple[Rule, ...] = (
    _for_collectors(
        "US-DISPUTE",
        "A disputed debt is not asked for until verified",
        "dispute",
        Group.STOP,
        stops.held_for("dispute"),
        "12 CFR 1006.38",
    ),
    _for_collectors(
        "US-LAWYER",
        "A lawyer speaks for the customer",
        "lawyer",
        Group.STOP,
        stops.held_for("lawyer"),
        "12 CFR 1006.6(b)(2)",
    ),
    _for_collectors(
        "US-TBAR",
        "No threat on a time-barred debt",
        "limitation",
        Group.STOP,
        stops.time_barred,
        "12 CFR 1006.26",
    ),
    _for_collectors(
        "US-CEASE",
        "The customer asked for no more messages",
        "stop",
        Group.CONSENT,
        stops.asked_to_stop,
        "12 CFR 1006.6(c)",
        classes=EVERY_CLASS - {ContactClass.NOTICE, ContactClass.REPLY},
    ),
    _for_collectors(
        "US-MEDIUM",
        "The customer closed this channel",
        "channel",
        Group.CONSENT,
        stops.channel_blocked,
        "12 CFR 1006.14(h)",
        classes=UNASKED,
    ),
    _american(
        "US-TCPA",
        "Texts and calls to mobiles need consent",
        "phone_consent",
        Group.CONSENT,
        stops.consent_missing,
        "47 CFR 64.1200",
        channels=_PHONE,
        classes=UNASKED,
        basis=Basis.LAW,
    ),
    *(
        _american(
            "US-TIME",
            "Only between 08:00 and 21:00 at the customer's place",
            "night",
            Group.HOURS,
            hours.within(_DAYTIME, "night"),
            "12 CFR 1006.6(b)(1)",
            binds=binds,
            basis=basis,
            classes=UNASKED,
            window=lambda facts: _DAYTIME,
        )
        for binds, basis in ((Binds.THIRD_PARTY, Basis.LAW), (Binds.FIRST_PARTY, Basis.POLICY))
    ),
    _for_collectors(
        "US-7IN7",
        "At most 7 calls per debt in 7 days",
        "call_cap",
        Group.FREQUENCY,
        frequency.AtMost(7, 7),
        "12 CFR 1006.14(b)",
        channels=frozenset({"call"}),
    ),
    _american(
        "US-MA",
        "Massachusetts: at most 2 calls or texts per debt in 7 days",
        "state_cap",
        Group.FREQUENCY,
        frequency.AtMost(2, 7),
        "940 CMR 7.04",
        jurisdiction="US-MA",
        channels=_PHONE,
        basis=Basis.LAW,
    ),
    _american(
        "US-FL",
        "Florida: no calls or texts between 21:00 and 08:00",
        "state_night",
        Group.HOURS,
        hours.within(_DAYTIME, "night"),
        "Fla. Stat. 559.72(17) (S-FL)",
        jurisdiction="US-FL",
        channels=_PHONE,
        classes=UNASKED,
        window=lambda facts: _DAYTIME,
        basis=Basis.LAW,
    ),
)

# The Rosenthal Act extends most duties of collectors to sellers (Cal. Civ. Code 1788).
STATES_BINDING_SELLERS = frozenset({"US-CA"})

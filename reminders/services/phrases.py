"""Every reason a decision can have and everything a rule can say, as sentences for people.

Keys are the stable codes that decisions are stored with. Placeholders name what the code comes with.
"""

from django.utils.translation import gettext_lazy as _

from defaults.models import Hold

SENTENCES = {
    "send": _("The step “%(step)s” is due and every rule allows it."),
    "deferred": _("The step “%(step)s” is due, but not yet allowed: %(rule)s. It waits until %(until)s."),
    "blocked": _("The step “%(step)s” is due, but a rule forbids it: %(rule)s."),
    "needs_approval": _("The step “%(step)s” is due, but a person must agree first: %(rule)s."),
    "given_up": _("The step “%(step)s” was refused for too long and is passed over: %(rule)s."),
    "held": _("Asking is suspended: %(rule)s. %(pause)s"),
    "agreement": _("A live agreement covers the case; nobody is reminded."),
    "not_due": _("The next step “%(step)s” is not due before %(until)s."),
    "step_in_progress": _("The last message is still on its way."),
    "below_threshold": _("Too little is owed to ask for it; the case waits for more."),
    "holdout": _("The case is left alone, to measure what reminders bring."),
    "ladder_done": _("All steps are done."),
    "not_worth": _("Asking would cost more than it brings."),
    "payment_in_flight": _("The end of the case waits for a payment that is under way."),
    "feed_stale": _("The end of the case waits until the merchant's feed is heard again."),
    "sending_paused": _("The end of the case waits until sending is switched on again."),
    "placed": _("A collection agency has the case."),
    "nothing_owed": _("Nothing is owed."),
    "case_closed": _("The case is closed."),
    "no_policy": _("The merchant has no dunning policy in force."),
    "other_case": _("The message belongs to another case."),
    "step_overtaken": _("A later step has been taken in the meantime."),
    "expired": _("The time for this message has passed."),
    "": _("No decision had been taken by then."),
}
ENDS = {
    "write_off": _("The case is written off."),
    "forgive": _("The debt is forgiven."),
    "review": _("A person looks at the case."),
}
DETAILS = {
    "case_closed": _("The case is closed."),
    "nothing_owed": _("Nothing is owed."),
    "sending_paused": _("Sending is switched off (%(reason)s)."),
    "feed_never_seen": _("The merchant's feed has never been heard."),
    "feed_stale": _("The merchant's feed was last heard at %(seen_at)s."),
    "payment_in_flight": _("A payment is under way."),
    "hold": _("Held until somebody ends it: %(reason)s."),
    "hold_until": _("Held for a time: %(reason)s."),
    "placed": _("An agency has the case."),
    "agreement": _("A live agreement covers the case."),
    "minor_at_purchase": _("The customer was under %(age)s when buying."),
    "time_barred": _("The claim is barred by time since %(on)s."),
    "notice_missing": _("A legal notice has not reached the customer (%(notice)s)."),
    "notice_period": _("The period after the notice (%(notice)s) runs until %(on)s."),
    "zone_unknown": _("Nobody knows what time it is where the customer is."),
    "address_missing": _("There is no address for this channel."),
    "address_bounced": _("Messages to this address came back."),
    "address_suppressed": _("This address is not to be used."),
    "stopped": _("The customer asked for silence on %(since)s."),
    "channel_blocked": _("The customer closed this channel."),
    "consent_missing": _("The customer has not consented to this channel."),
    "marketing": _("Marketing does not leave this product."),
    "reply_too_late": _("The day of the request has passed."),
    "night": _("It is night where the customer is (%(zone)s)."),
    "rest_day": _("It is a day of rest where the customer is (%(zone)s)."),
    "hours_blocked": _("The customer closed these hours (%(zone)s)."),
    "never_open": _("There is no hour at which this is allowed."),
    "cap_reached": _("%(contacts)s contacts in %(days)s days are the most."),
}
VERDICTS = {
    "allow": (_("allows"), "green"),
    "defer": (_("not yet"), "amber"),
    "block": (_("forbids"), "red"),
    "needs_approval": (_("needs approval"), "amber"),
}
# Parameters that are codes themselves.
WORDS = {
    **{str(reason.value): reason.label for reason in Hold.Reason},
    "send_hold": _("everything"),
    "merchant": _("the merchant"),
    "policy": _("the policy"),
    "channel": _("the channel"),
}

"""Why a message is where it is, in words, from the stable codes it is stored with."""

from django.utils.translation import gettext_lazy as _

from ..models import Message
from ..services.phrases import SENTENCES
from ..services.rule_titles import TITLES

REASONS = {
    "passed_over": _("The step was passed over."),
    "not_started": _("It had not begun to leave when the sender stopped."),
    "same_key_again": _("The sender stopped; the very same message is offered again."),
    "no_answer": _("The channel gave no answer: it may have arrived."),
    "by_staff": _("A person decided."),
    "found": _("The channel knows it."),
    "absent_twice": _("The channel does not know it."),
    "undone": _("Taken back by a person."),
    "customer_busy": _("Something was being changed about the customer at that moment."),
    "facts_too_old": _("What was known was too old to send by."),
    "key_forgotten": _("The channel may have forgotten it, so it is not sent again."),
    "amount_changed": _("The amount has changed since."),
    "overtaken": _("It was overtaken by what happened."),
    "told_together": _("Told together with another message."),
    "no_usable_address": _("There is no address that works."),
    "NothingToSay": _("There was nothing left to say."),
    "UnknownPlaceholder": _("The text names something that is not known."),
    "NotSealedHere": _("The address does not open."),
    "bounced": _("The address took no message."),
    "complained": _("The customer complained about it."),
    "other_case": SENTENCES["other_case"],
    "step_overtaken": SENTENCES["step_overtaken"],
    "expired": SENTENCES["expired"],
    "case_closed": SENTENCES["case_closed"],
    "nothing_owed": SENTENCES["nothing_owed"],
}


def reason_of(message: Message) -> str:
    """Why the message is where it is, in words; a channel's own words stay as they are."""
    code = message.state_reason
    return str(REASONS.get(code) or TITLES.get(code) or code)

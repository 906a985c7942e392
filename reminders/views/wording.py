"""A case's timeline in words: who did what, and why."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Channel, LedgerEntry, Payment
from accounts.services.contacts import masked
from accounts.views.wording import ago, amount, moment
from defaults.models import CaseEvent
from defaults.views.wording import AMBER, GREEN, GREY, RED, STATES

from ..facts import ContactClass
from ..message_states import MessageState
from ..models import Decision, Message
from ..reports.timeline import Entry, Kind
from ..services.explain import explain_decision
from ..services.rule_titles import TITLES
from ..services.said import open_body, open_sent_to
from .event_words import EVENTS, detail_of
from .message_reasons import reason_of

KINDS = {
    Kind.MONEY: pgettext_lazy("timeline", "Money"),
    Kind.MESSAGES: pgettext_lazy("timeline", "Messages"),
    Kind.STAFF: pgettext_lazy("timeline", "Staff"),
    Kind.CUSTOMER: pgettext_lazy("timeline", "Customer"),
    Kind.SYSTEM: pgettext_lazy("timeline", "System"),
}
MONEY = {
    "charge": gettext_lazy("Charged"),
    "credit": gettext_lazy("Price reduced"),
    "payment": gettext_lazy("Paid"),
    "reversal": gettext_lazy("Payment taken back"),
    "refund": gettext_lazy("Given back"),
    "fee": gettext_lazy("Fee"),
    "waiver": pgettext_lazy("ledger", "Waived"),
    "forgiveness": gettext_lazy("Forgiven"),
    "write_off": gettext_lazy("Written off"),
    "recovery": gettext_lazy("Came after all"),
    "transfer": gettext_lazy("Over-payment moved"),
}
MESSAGE_STATES = {
    MessageState.QUEUED: (pgettext_lazy("message state", "waits to leave"), GREY),
    MessageState.SENDING: (pgettext_lazy("message state", "is leaving"), GREY),
    MessageState.SENT: (pgettext_lazy("message state", "sent"), GREEN),
    MessageState.DELIVERED: (pgettext_lazy("message state", "delivered"), GREEN),
    MessageState.BOUNCED: (pgettext_lazy("message state", "came back"), RED),
    MessageState.FAILED: (pgettext_lazy("message state", "failed"), RED),
    MessageState.CANCELLED: (pgettext_lazy("message state", "cancelled"), GREY),
    MessageState.EXPIRED: (pgettext_lazy("message state", "expired"), GREY),
    MessageState.UNCONFIRMED: (pgettext_lazy("message state", "perhaps sent"), AMBER),
}
CLASSES = {
    ContactClass.NOTICE: gettext_lazy("Notice"),
    ContactClass.INFO: gettext_lazy("Information"),
    ContactClass.DEMAND: gettext_lazy("Reminder"),
    ContactClass.OFFER: gettext_lazy("Offer"),
    ContactClass.REPLY: gettext_lazy("Reply"),
    ContactClass.RECEIPT: gettext_lazy("Receipt"),
    ContactClass.MARKETING: gettext_lazy("Advertisement"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as the page shows it.

    `letter`: what a message said, as sent; None if it never left. `recall`: the message, while it waits.
    """

    ago: str
    moment: str
    kind: str
    title: str
    detail: str = ""
    why: str = ""
    chip: tuple[str, str] | None = None
    letter: dict | None = None
    recall: int | None = None


def line_of(entry: Entry, *, now: datetime) -> Line:
    words = _WORDS[type(entry.source)](entry.source)
    return Line(ago=ago(entry.at, now=now), moment=moment(entry.at), kind=KINDS[entry.kind], **words)


def who(actor: str) -> str:
    """An actor as people read it."""
    kind, _colon, name = actor.partition(":")
    names = {
        "system": _("the system"),
        "customer": _("the customer"),
        "merchant": _("the merchant (key %s)") % name,
    }
    return name if kind == "staff" else names.get(kind, actor)


def _posted(entry: LedgerEntry) -> dict:
    told = _origin(entry.event.event_id) if entry.event else entry.act
    return {
        "title": f"{MONEY.get(entry.kind, entry.kind)} {amount(entry.amount_minor, entry.currency)}",
        "detail": entry.payment.description or entry.payment.reference,
        "why": told,
    }


def _origin(event_id: str) -> str:
    """What we tell ourselves has ids of our own (`amends:…`)."""
    if event_id.startswith("amends:"):
        return _("recorded here: %s") % event_id.removeprefix("amends:")
    return _("told by the merchant, event %s") % event_id


def _failed(payment: Payment) -> dict:
    return {
        "title": _("A charge of %s failed") % amount(payment.amount_minor, payment.currency),
        "detail": payment.description or payment.reference,
        "why": _("reason: %s") % payment.failure_reason,
    }


def _happened(event: CaseEvent) -> dict:
    title = str(EVENTS.get(event.kind, event.kind.replace("_", " ")))
    if event.from_state != event.to_state and event.to_state in STATES:
        title += f" → {STATES[event.to_state][0]}"
    return {"title": title, "detail": detail_of(event), "why": _("by %s") % who(event.actor)}


def _said(message: Message) -> dict:
    state, colour = MESSAGE_STATES[MessageState(message.state)]
    by = {"what": CLASSES[ContactClass(message.contact_class)], "channel": Channel(message.channel).label}
    why = about_of(message)
    if message.policy_version:
        why = f"{message.policy_version}, {why}"
    if message.gate_decision:
        why += f" · {_rule_of(message.gate_decision)}"
    if message.state_reason:
        why += f" · {reason_of(message)}"
    return {
        "title": _("%(what)s by %(channel)s") % by,
        "why": why,
        "chip": (state, colour),
        "letter": letter_of(message),
        "recall": message.pk if message.state == MessageState.QUEUED else None,
        "detail": _("leaves on %s") % moment(message.due_at) if message.state == MessageState.QUEUED else "",
    }


def _rule_of(gate: Decision) -> str:
    """The rule that decided at the gate; where none objected, that each was asked."""
    if gate.rule:
        return str(TITLES.get(gate.rule, gate.rule))
    return _("every rule allows it (%d asked)") % len(gate.asked) if gate.asked else _("every rule allows it")


def about_of(message: Message) -> str:
    """The step of the ladder, or what happened that the customer was told of."""
    if message.answers_id is None:
        return _step(message.step_key)
    kind = message.step_key.rpartition("-")[0]
    return _("about: %s") % EVENTS.get(kind, kind.replace("_", " "))


def letter_of(message: Message) -> dict | None:
    """The message's words exactly as sent, and whom to, masked; None if it never left."""
    body = open_body(message)
    if body is None:
        return None
    said = {"subject": message.subject, "body": body, "language": message.language}
    return said | {"recipient": masked(message.channel, open_sent_to(message) or "")}


def _refused(decision: Decision) -> dict:
    why = str(decision.policy_version) if decision.policy_version else ""
    return {
        "title": explain_decision(decision)["sentence"],
        "why": " · ".join(part for part in (why, _step(decision.step_key), decision.rule) if part),
    }


def _step(key: str) -> str:
    return _("step %s") % key if key else ""


_WORDS = {LedgerEntry: _posted, Payment: _failed, CaseEvent: _happened, Message: _said, Decision: _refused}

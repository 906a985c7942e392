"""How a line of the file becomes payment events in the shape of the API contract."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.money import NotMoney, is_currency, to_minor

from ..event_reading import BadEvent, event_from
from .mapping import ISO, CustomerForm, Mapping, PaymentForm, parsed

_PLAIN_REASONS = {
    "customer/email": "this is no e-mail address",
    "customer/phone": "this is no phone number such as +821012345678",
}


class BadLine(Exception):
    """A line that is no payment; `column` is None when the whole line is meant."""

    def __init__(self, column: str | None, reason: str):
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True, slots=True)
class Row:
    """One line as events in the shape of the API contract, the due event first; `paid_at` is None while unpaid."""

    reference: str
    events: list[dict]
    told_at: datetime
    paid_at: datetime | None


class Reader:
    """Turns lines (column → text) into rows, one rule for all of them."""

    def __init__(self, mapping: Mapping):
        self.mapping = mapping
        self._zone = ZoneInfo(mapping.dates.zone)
        self._home = ZoneInfo(mapping.merchant.time_zone)
        self._time = time.fromisoformat(mapping.dates.time) if mapping.dates.time else None
        forms = (mapping.payment, mapping.customer)
        self._patterns = {
            (type(form), name): parsed(getattr(form, name))
            for form in forms
            for name in form.__struct_fields__
            if name not in ("amount", "told_at", "due_on")
        }

    def row(self, line: AnyMapping[str, str]) -> Row:
        """Raises BadLine, naming the column where one is to blame."""
        payment = self.mapping.payment
        text = {
            name: self._filled(PaymentForm, name, line)
            for name in ("reference", "currency", "description", "product")
        }
        currency = text["currency"] or self.mapping.merchant.currency
        amount = self._amount(line, currency)
        told_at = self._instant(payment.told_at, line)
        reference = text["reference"]
        if not 1 <= len(reference) <= 200:
            raise BadLine(
                self._column_of("payment"),
                f"payment: a reference has 1 to 200 characters, not {len(reference)}",
            )
        events = [
            {
                "id": f"csv:{reference}:due",
                "type": "payment.due",
                "occurred_at": _rfc3339(told_at),
                "data": {
                    "payment": reference,
                    "amount": amount,
                    "currency": currency,
                    "due_on": self._due_on(line).isoformat(),
                    "customer": self._customer(line),
                    **{name: text[name] for name in ("description", "product") if text[name]},
                },
            }
        ]
        paid_at = self._paid_at(line)
        if paid_at is not None:
            data = {"payment": reference, "amount": amount, "currency": currency}
            event_id = f"csv:{reference}:paid"
            events.append(
                {"id": event_id, "type": "payment.paid", "occurred_at": _rfc3339(paid_at), "data": data}
            )
        for event in events:
            self._check(event)
        return Row(reference=reference, events=events, told_at=told_at, paid_at=paid_at)

    def _filled(self, form: type, name: str, line: AnyMapping[str, str]) -> str:
        return "".join(
            literal + (line[column] if column is not None else "")
            for literal, column in self._patterns[form, name]
        )

    def _amount(self, line: AnyMapping[str, str], currency: str) -> int:
        column = self.mapping.payment.amount
        if not is_currency(currency):
            raise BadLine(None, f"{currency[:20]!r} is no ISO 4217 currency")
        try:
            minor = to_minor(line[column], currency)
        except NotMoney as problem:
            raise BadLine(column, str(problem)) from problem
        if minor <= 0:
            raise BadLine(column, f"{line[column][:40]!r} is not more than nothing")
        return minor

    def _instant(self, column: str, line: AnyMapping[str, str]) -> datetime:
        text, form = line[column], self.mapping.dates
        try:
            if not text.isascii() or len(text) > 40:
                raise ValueError
            moment = _moment(text, form.format)
            if self._time is not None:
                moment = datetime.combine(moment, self._time)
            if not 1990 <= moment.year <= 2199:
                raise BadLine(column, f"{text!r} is not between 1990 and 2199")
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError) as problem:
            raise BadLine(column, f"{text[:40]!r} is no date in the form {form.format}") from problem

    def _due_on(self, line: AnyMapping[str, str]) -> date:
        due = self.mapping.payment.due_on
        return self._instant(due.column, line).astimezone(self._home).date() + timedelta(days=due.plus_days)

    def _paid_at(self, line: AnyMapping[str, str]) -> datetime | None:
        paid = self.mapping.paid
        return self._instant(paid.at, line) if paid and line[paid.at] else None

    def _customer(self, line: AnyMapping[str, str]) -> dict:
        merchant = self.mapping.merchant
        told = {name: self._filled(CustomerForm, name, line) for name in CustomerForm.__struct_fields__}
        constants = {name: getattr(merchant, name) for name in ("locale", "time_zone", "jurisdiction")}
        return {name: text for name, text in told.items() if text or name == "reference"} | constants

    def _check(self, event: dict) -> None:
        """Intake's own check of the shape, so that the file passes there too; places become columns where they can."""
        try:
            event_from(event)
        except BadEvent as bad:
            place = bad.errors[0]["pointer"].removeprefix("/data/")
            reason = _PLAIN_REASONS.get(place, bad.errors[0]["detail"])
            raise BadLine(self._column_of(place), f"{place}: {reason}") from bad

    def _column_of(self, place: str) -> str | None:
        """The column that fills this field of an event, if it is one alone."""
        if place in ("amount", "due_on"):
            return self.mapping.payment.amount if place == "amount" else self.mapping.payment.due_on.column
        form, _, name = place.rpartition("/")
        key = (
            CustomerForm if form == "customer" else PaymentForm,
            "reference" if place == "payment" else name,
        )
        columns = [column for _, column in self._patterns.get(key, []) if column is not None]
        return columns[0] if len(columns) == 1 else None


def _moment(text: str, form: str) -> datetime:
    """With or without an offset, as the text has one."""
    return datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

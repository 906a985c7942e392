"""The mapping: what the columns of a merchant's CSV file mean, as a TOML text. docs/importing.md explains it."""

import tomllib
from datetime import UTC, datetime, time
from string import Formatter
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert

from common.money import is_currency

from ..places import countries, is_locale, time_zones

Days = Annotated[int, Meta(ge=-3650, le=3650)]
ISO = "iso"


class BadMapping(ValueError):
    """The mapping cannot be used; the message names the place and the reason."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class FileForm(_Part):
    columns: Annotated[list[str], Meta(min_length=1)]
    encoding: str = "utf-8"
    delimiter: str = ","


class MerchantForm(_Part):
    """What a merchant made for this file alone gets, and what its customers get."""

    currency: str
    jurisdiction: str
    time_zone: str
    locale: str = "en"


class DateForm(_Part):
    """`format`: strptime's, or "iso". `zone`: of instants without offset. `time`: of dates without a time, HH:MM."""

    format: str
    zone: str
    time: str | None = None


class DueOn(_Part):
    column: str
    plus_days: Days = 0


class PaymentForm(_Part):
    reference: str
    amount: str
    told_at: str
    due_on: DueOn
    description: str = ""
    product: str = ""
    currency: str = ""


class CustomerForm(_Part):
    reference: str
    name: str = ""
    email: str = ""
    phone: str = ""


class PaidForm(_Part):
    at: str


class Mapping(_Part):
    file: FileForm
    merchant: MerchantForm
    dates: DateForm
    payment: PaymentForm
    customer: CustomerForm
    paid: PaidForm | None = None


def read_mapping(text: str) -> Mapping:
    """Raises BadMapping for anything that would only come out at the first line, or not at all."""
    try:
        mapping = convert(tomllib.loads(text), Mapping)
    except (tomllib.TOMLDecodeError, ValidationError) as problem:
        raise BadMapping(str(problem)) from problem
    _check_file(mapping.file)
    _check_dates(mapping.dates)
    _check_merchant(mapping.merchant)
    unknown = sorted({name for name in _used_columns(mapping) if name not in mapping.file.columns})
    if unknown:
        raise BadMapping(f"columns that file.columns does not name: {', '.join(unknown)}")
    return mapping


def _check_merchant(form: MerchantForm) -> None:
    if not is_currency(form.currency):
        raise BadMapping(f"merchant.currency: {form.currency!r} is no ISO 4217 currency")
    if form.jurisdiction not in countries():
        raise BadMapping(f"merchant.jurisdiction: {form.jurisdiction!r} is no ISO 3166 country code")
    if form.time_zone not in time_zones():
        raise BadMapping(f"merchant.time_zone: {form.time_zone!r} is no IANA time zone")
    if not is_locale(form.locale):
        raise BadMapping(f"merchant.locale: {form.locale!r} is no locale such as ko or en")


def _check_file(form: FileForm) -> None:
    try:
        keeps_ascii = "a,\n".encode(form.encoding) == b"a,\n"
    except (LookupError, UnicodeError, TypeError) as problem:
        raise BadMapping(f"file.encoding: {form.encoding!r} is no text encoding") from problem
    if not keeps_ascii:
        raise BadMapping(
            f"file.encoding: {form.encoding!r} does not keep ASCII as it is; convert the file to UTF-8"
        )
    if len(form.delimiter) != 1 or not form.delimiter.isascii() or form.delimiter in '\r\n"\0':
        raise BadMapping("file.delimiter: one ASCII character, neither a quote nor a line end")
    if len(set(form.columns)) != len(form.columns):
        raise BadMapping("file.columns: a column is named twice")


def _check_dates(form: DateForm) -> None:
    if form.zone not in time_zones():
        raise BadMapping(f"dates.zone: {form.zone!r} is no IANA time zone")
    if form.time is not None:
        try:
            time.fromisoformat(form.time)
        except ValueError as problem:
            raise BadMapping(f"dates.time: {form.time!r} is no time of day such as 09:00") from problem
    if form.format == ISO:
        return
    try:
        example = datetime(2019, 12, 31, 13, 59, 58, tzinfo=UTC).strftime(form.format)
        datetime.strptime(example, form.format)  # noqa: DTZ007
    except ValueError as problem:
        raise BadMapping(f"dates.format: {form.format!r}: {problem}") from problem
    if form.time is None and "%H" not in form.format and "%I" not in form.format:
        raise BadMapping("dates.time: needed, because dates.format has no time of day")


def _used_columns(mapping: Mapping) -> list[str]:
    payment, customer = mapping.payment, mapping.customer
    patterns = [payment.reference, payment.description, payment.product, payment.currency]
    patterns += [customer.reference, customer.name, customer.email, customer.phone]
    named = [payment.amount, payment.told_at, payment.due_on.column] + (
        [mapping.paid.at] if mapping.paid else []
    )
    return named + [name for pattern in patterns for _, name in parsed(pattern) if name is not None]


def parsed(pattern: str) -> list[tuple[str, str | None]]:
    """`{uuid}@example.com` as [("", "uuid"), ("@example.com", None)]; nothing but plain column names in braces."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as problem:
        raise BadMapping(f"pattern {pattern!r}: {problem}") from problem
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise BadMapping(f"pattern {pattern!r}: only column names may stand in braces")
    return [(literal, name) for literal, name, _, _ in parts]

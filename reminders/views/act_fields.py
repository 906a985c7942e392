"""What the forms of the case page are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.money import exponent, to_decimal
from defaults.models import DefaultCase

_ROWS = ("offer", "dispute", "adjustment", "choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind`: text, words (several lines), amount, date or choice. `choices`: (value, label).

    `draft`: when `value` was saved as one, in words.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    is_required: bool = True
    least: str = ""
    longest: int = 500
    hint: str = ""
    draft: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether what is written here is saved while it is written."""
        return self.kind in ("words", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One act. `key` tells two forms of one act apart; `hidden` goes along; `needs`: whom the act is put to, in words."""

    action: str
    title: str
    fields: Sequence[Field] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    told: str = ""
    needs: str = ""
    is_open: bool = False

    @property
    def key(self) -> str:
        return key_of(self.action, self.hidden)


def key_of(action: str, given: Mapping[str, str]) -> str:
    """An act about one row of several is told by that row."""
    return "-".join([action, *(given[name] for name in _ROWS if name in given)])


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    forms: Sequence[Form]


def with_typed(groups: Sequence[Group], *, key: str, typed: Mapping[str, str]) -> list[Group]:
    """The same forms, the one with this key open and holding what was typed into it."""

    def kept(form: Form) -> Form:
        if form.key != key:
            return form
        fields = [replace(one, value=typed.get(one.name, one.value)) for one in form.fields]
        return replace(form, fields=fields, is_open=True)

    return [Group(group.title, [kept(form) for form in group.forms]) for group in groups]


def amount_field(
    case: DefaultCase, *, name: str = "amount", label: str = "", value: str = "", is_required: bool = True
) -> Field:
    label = label or _("Amount (%s)") % case.currency
    hint = "" if exponent(case.currency) else "numeric"
    return Field(
        name=name, label=label, kind="amount", value=value, longest=20, hint=hint, is_required=is_required
    )


def date_field(name: str, label: str, value: date, *, least: date | None = None) -> Field:
    return Field(
        name=name, label=label, kind="date", value=value.isoformat(), least=(least or value).isoformat()
    )


def method_field() -> Field:
    methods = [
        ("bank_transfer", _("Bank transfer")),
        ("cash", _("Cash")),
        ("card", _("Card")),
        ("other", pgettext("method", "Another way")),
    ]
    return Field(name="method", label=_("How it came"), kind="choice", choices=methods)


def reason_field() -> Field:
    return Field(name="reason", label=_("Reason"))


def words_field(name: str, label: str, *, is_required: bool = True) -> Field:
    return Field(name=name, label=label, kind="words", longest=2000, is_required=is_required)


def plain(minor: int, currency: str) -> str:
    """An amount as it is typed: 9900, 9.90."""
    return f"{to_decimal(minor, currency):f}"

"""What every act of the customer has in common: a form if there is something to choose, a summary, the act, a receipt.

Asking for a page never acts. A form's answer is first shown back in full; only its confirmation acts, and said twice it is the
same answer.
"""

from dataclasses import dataclass, field

from django.http import HttpResponse, QueryDict

from .frame import render
from .visit import Visit

LONGEST_TEXT = 500


class Wrong(Exception):
    """What was said cannot be; the words go to the customer."""


@dataclass(frozen=True, slots=True)
class Way:
    """What the customer can do next, as the first page names it."""

    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    title: str
    detail: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form. `kind`: choice, many, date, money, text, digits, line or time."""

    kind: str
    name: str
    label: str
    options: tuple[Option, ...] = ()
    detail: str = ""
    value: str = ""
    first: str = ""
    last: str = ""
    is_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    title: str
    fields: tuple[Field, ...]
    intro: tuple[str, ...] = ()
    button: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Exactly what is agreed to when it is confirmed. `said`: what the form said, sent along once more."""

    title: str
    button: str
    lines: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    said: dict[str, list[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was read before it was confirmed; kept as evidence."""
        return "\n".join([self.title, *(f"{name}: {value}" for name, value in self.lines), *self.notes])

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.said.items() for value in values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What stands now, read from what was stored. `go`: words and address of what to do next, if anything."""

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    colour: str = "green"
    go: tuple[str, str] | None = None


class Act:
    """One thing a customer can do. `name`: its address. `for_known`: only for who has shown to be the customer."""

    name: str
    for_known = False

    def way(self, visit: Visit) -> Way | None:
        """How the first page offers it; None: not as things stand."""
        raise NotImplementedError

    def is_said(self, asked: QueryDict) -> bool:
        """Whether the address says already what the form would ask."""
        return False

    def form(self, visit: Visit, said: QueryDict) -> Form | None:
        """What there is to choose, filled with what was said; None: nothing."""
        return None

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        """Raises Wrong for what cannot be."""
        raise NotImplementedError

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> str | Summary | Receipt | None:
        """Do it. An address to go to next, a summary to agree to instead, or a receipt; None: the one that `receipt` reads.

        Raises Wrong, Refused.
        """
        raise NotImplementedError

    def receipt(self, visit: Visit) -> Receipt | None:
        """None: it does not stand."""
        raise NotImplementedError


def show(visit: Visit, template: str, context: dict) -> HttpResponse:
    """A page of this visit: with whom, about which case, and the way back."""
    frame = {"visit": visit, "case": visit.case, "merchant": visit.case.merchant, "home": visit.address()}
    return render(visit.request, template, frame | context)


def text_in(said: QueryDict, name: str = "text") -> str:
    return said.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]

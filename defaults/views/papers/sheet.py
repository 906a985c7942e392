"""The paper itself: A4, one column, text that can be searched and copied; the fonts carry only the signs that are used."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _
from fpdf import FPDF

from accounts.views.wording import day, language
from common.calendar import local_date

from ...models import DefaultCase
from ...services.acts import zone_for

_FONTS = Path(__file__).parent / "fonts"
_MARGIN, _GREY, _BLACK = 20, 110, 20


class Sheet:
    """A document of `case`, in the language in force, made at `now`. Write from the top down, then take `output()`."""

    def __init__(self, case: DefaultCase, *, title: str, now: datetime) -> None:
        self._pdf = pdf = _Paged(unit="mm", format="A4")
        pdf.add_font("text", fname=_FONTS / "NanumSquareR.ttf")
        pdf.add_font("other", fname=_FONTS / "LiberationSans-Regular.ttf")
        pdf.set_fallback_fonts(["other"])
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_auto_page_break(auto=True, margin=_MARGIN)
        pdf.set_title(title)
        pdf.set_lang(language())
        pdf.set_creation_date(now)
        pdf.foot = f"{case.merchant.name} · {case.number}"
        pdf.add_page()
        self.line(case.merchant.name, size=11, grey=True)
        self.line(title, size=22, gap=4)
        customer = case.customer.name or case.customer.reference
        self.facts(
            [
                (_("Customer"), customer),
                (_("Reference"), case.number),
                (_("Made on"), day(local_date(now, zone_for(case)))),
                *([(_("Questions to"), case.merchant.contact_line)] if case.merchant.contact_line else []),
            ]
        )

    def line(self, text: str, *, size: int = 10, grey: bool = False, gap: int = 0) -> None:
        self._ink(size, grey=grey)
        self._pdf.multi_cell(0, size * 0.52, _plain(text), new_x="LMARGIN", new_y="NEXT")
        self._pdf.ln(gap or 1)

    def gap(self) -> None:
        self._pdf.ln(3)

    def heading(self, text: str) -> None:
        self._pdf.ln(5)
        self.line(text, size=13)

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Names on the left, values beside them."""
        for name, value in pairs:
            self._ink(10, grey=True)
            self._pdf.cell(50, 6, _plain(name))
            self._ink(10)
            self._pdf.multi_cell(0, 6, _plain(value), new_x="LMARGIN", new_y="NEXT")

    def rows(self, rows: Sequence[tuple[str, str, str]], *, total: tuple[str, str] | None = None) -> None:
        """Day, words and an amount on the right; then a line and the total."""
        for on, words, minor in rows:
            self._row(on, words, minor)
        if total:
            y = self._pdf.get_y() + 0.5
            self._pdf.set_draw_color(180)
            self._pdf.line(_MARGIN, y, self._pdf.w - _MARGIN, y)
            self._pdf.ln(1.5)
            self._row("", *total)

    def output(self) -> bytes:
        return bytes(self._pdf.output())

    def _row(self, on: str, words: str, minor: str) -> None:
        pdf = self._pdf
        if pdf.will_page_break(12):
            pdf.add_page()
        self._ink(10, grey=True)
        pdf.cell(38, 6, _plain(on))
        self._ink(10)
        top = pdf.get_y()
        pdf.multi_cell(92, 6, _plain(words), new_x="RIGHT", new_y="TOP", align="L")
        bottom = top + 6 * max(1, len(pdf.multi_cell(92, 6, _plain(words), dry_run=True, output="LINES")))
        pdf.set_xy(pdf.w - _MARGIN - 40, top)
        pdf.cell(40, 6, _plain(minor), align="R")
        pdf.set_xy(_MARGIN, bottom)

    def _ink(self, size: int, *, grey: bool = False) -> None:
        self._pdf.set_font("text", size=size)
        self._pdf.set_text_color(_GREY if grey else _BLACK)


class _Paged(FPDF):
    """Names the case and the page at the foot of every page."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("text", size=8)
        self.set_text_color(_GREY)
        self.cell(0, 6, f"{self.foot} · {self.page_no()}", align="C")


def _plain(text: str) -> str:
    """One line without control signs, whatever a merchant called the thing."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())

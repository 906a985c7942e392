"""What a run decided as a table for a spreadsheet: its cases one by one, what became of each, and why."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..models import Decision
from ..reports.runs import messages_of, slice_of
from .queue_table import minute
from .run_words import decision_line

CHUNK = 1_000


def run_rows(decisions: QuerySet[Decision]) -> Iterator[list[object]]:
    """The header, then a row a decision of `reports.runs.decisions_of`; read page by page, each two queries."""
    zone = timezone.get_current_timezone()
    yield _header()
    after = None
    while True:
        chunk, after = slice_of(decisions, before=after, limit=CHUNK)
        said = messages_of(chunk)
        for one in chunk:
            line = decision_line(one, said.get((one.case_id, one.step_key)))
            case, fate = one.case, line["fate"]
            yield [
                case.number,
                case.customer.name,
                case.merchant.name,
                line["outcome"]["word"],
                line["channel"],
                fate["word"] if fate else "",
                line["sentence"],
                line["rule"],
                minute(one.at, zone),
            ]
        if after is None:
            return


def _header() -> list[str]:
    return [
        _("Case"),
        _("Customer"),
        _("Merchant"),
        pgettext("run", "Outcome"),
        _("Channel"),
        _("Message"),
        _("Why"),
        _("Rule"),
        _("When"),
    ]

"""Who looks at which case, as their pages say; by the database's clock, and forgotten soon after."""

from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from ..models import Presence

# A page tells of itself every 8 s; whoever watches asks as often. So a person who has gone is seen to be gone within 30 s.
SECONDS = 21
_HERE = """
INSERT INTO defaults_presence (user_id, page, case_id, seen_at) VALUES (%s, %s, %s, statement_timestamp())
ON CONFLICT (user_id, page) DO UPDATE SET case_id = excluded.case_id, seen_at = excluded.seen_at
"""


def be_here(*, user_id: int, page: str, case_id: int) -> None:
    """This person has this case open on that kind of page (Presence.Page), and no other one. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HERE, [user_id, Presence.Page(page), case_id])


def leave(*, user_id: int, page: str, case_id: int) -> None:
    """The page was closed. Nothing where the person has gone on to another case meanwhile."""
    Presence.objects.filter(user=user_id, page=page, case=case_id).delete()


def forget_presence() -> int:
    """Where people were a while ago is nobody's business. Answers how many rows went."""
    gone = Presence.objects.filter(seen_at__lt=Now() - timedelta(seconds=3 * SECONDS))
    return gone.delete()[0]

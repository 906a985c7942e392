"""The customers one batch speaks of: read once, told in memory, written in three statements."""

from collections.abc import Iterable, Sequence
from json import loads

from django.db import connection
from msgspec.structs import asdict

from ..event_shapes import CustomerFacts, CustomerWasErased, CustomerWasUpdated
from ..ingest import CustomerState, told
from .bulk import insert_rows, parts, update_rows, upsert_rows
from .contacts import fingerprint_of, seal_address
from .incoming import Incoming

Key = tuple[int, str]

_FACT_COLUMNS = (
    ("name", "text"),
    ("locale", "text"),
    ("time_zone", "text"),
    ("jurisdiction", "text"),
    ("birth_date", "date"),
    ("stamps", "jsonb"),
)
_FRESH_COLUMNS = (("id", "bigint"), ("merchant_id", "bigint"), ("reference", "text"), *_FACT_COLUMNS)
_POINT_COLUMNS = (
    ("customer_id", "bigint"),
    ("channel", "text"),
    ("sealed", "bytea"),
    ("fingerprint", "bytea"),
)
_FACTS = ", ".join(f"c.{name}" for name, _ in _FACT_COLUMNS)
_LOAD = f"""
    SELECT c.id, c.merchant_id, c.reference, {_FACTS}, c.erased_at IS NOT NULL
    FROM accounts_customer c
    WHERE c.merchant_id = ANY(%s) AND c.reference = ANY(%s)
    ORDER BY c.id FOR NO KEY UPDATE"""
_NEW_ADDRESS = """
    ON CONFLICT (customer_id, channel) DO UPDATE
    SET sealed = excluded.sealed, fingerprint = excluded.fingerprint, health = 'ok', updated_at = now()
    WHERE accounts_contactpoint.fingerprint <> excluded.fingerprint"""
_ERASE = """
    UPDATE accounts_customer SET name = '', locale = '', birth_date = NULL, stamps = '{}', erased_at = now()
    WHERE id = ANY(%s) AND erased_at IS NULL"""
_CHANNELS = (("email", "email"), ("phone", "sms"))


class CustomerBook:
    def __init__(self) -> None:
        self.ids: dict[Key, int] = {}
        self._states: dict[Key, CustomerState] = {}
        self._changed: dict[Key, None] = {}
        self._fresh: list[Key] = []
        self._addresses: dict[tuple[Key, str], str] = {}
        self._erased: set[Key] = set()

    def load(self, keys: Iterable[Key]) -> None:
        """Lock and read those of these (merchant, reference) that are known."""
        wanted = set(keys)
        if not wanted:
            return
        with connection.cursor() as cursor:
            cursor.execute(_LOAD, parts(wanted))
            for row_id, merchant_id, reference, *facts, is_erased in cursor.fetchall():
                name, locale, zone, jurisdiction, birth_date, stamps = facts
                key = merchant_id, reference
                self.ids[key] = row_id
                self._states[key] = CustomerState(
                    reference,
                    name,
                    locale,
                    zone,
                    jurisdiction,
                    birth_date,
                    stamps=loads(stamps),
                    is_erased=is_erased,
                )

    def hear(self, item: Incoming) -> None:
        """An event about a person, or about nothing (a heartbeat)."""
        if isinstance(item.event, CustomerWasUpdated):
            self.tell(item, item.event.data.customer)
        elif isinstance(item.event, CustomerWasErased):
            self._erase((item.merchant_id, item.event.data.customer.reference))

    def tell(self, item: Incoming, facts: CustomerFacts) -> None:
        key = item.merchant_id, facts.reference
        before = self._states.get(key)
        event = item.event
        after = told(
            before or CustomerState(facts.reference), facts, occurred_at=event.occurred_at, event_id=event.id
        )
        if after is before:
            return
        self._states[key] = after
        self._change(key)
        for name, channel in _CHANNELS:
            if getattr(facts, name) is not None and after.stamps.get(name, ("", ""))[1] == event.id:
                self._addresses[key, channel] = getattr(facts, name)

    @property
    def fresh_count(self) -> int:
        return len(self._fresh)

    def place(self, ids: Sequence[int]) -> None:
        """Give the fresh persons their ids."""
        self.ids |= zip(self._fresh, ids, strict=True)

    def write(self) -> None:
        """Fresh persons, changed persons, addresses; erasures last."""
        insert_rows("accounts_customer", _FRESH_COLUMNS, [self._row(key) for key in self._fresh])
        known = set(self._fresh)
        changed = [self._row(key) for key in self._changed if key not in known]
        update_rows("accounts_customer", (("id", "bigint"), *_FACT_COLUMNS), changed)
        upsert_rows("accounts_contactpoint", _POINT_COLUMNS, self._points(), _NEW_ADDRESS)
        self._write_erasures()

    def _erase(self, key: Key) -> None:
        self._erased.add(key)
        self._states[key] = CustomerState(key[1], is_erased=True)
        self._addresses = {place: value for place, value in self._addresses.items() if place[0] != key}
        if key not in self.ids:
            self._change(key)

    def _change(self, key: Key) -> None:
        if key not in self._changed and key not in self.ids:
            self._fresh.append(key)
        self._changed[key] = None

    def _write_erasures(self) -> None:
        ids = sorted(self.ids[key] for key in self._erased)
        if not ids:
            return
        with connection.cursor() as cursor:
            cursor.execute(_ERASE, [ids])
            cursor.execute("DELETE FROM accounts_contactpoint WHERE customer_id = ANY(%s)", [ids])

    def _row(self, key: Key) -> dict:
        state = self._states[key]
        return asdict(state) | {"id": self.ids[key], "merchant_id": key[0]}

    def _points(self) -> list[dict]:
        return [
            {
                "customer_id": self.ids[key],
                "channel": channel,
                "sealed": seal_address(customer_id=self.ids[key], channel=channel, value=value),
                "fingerprint": fingerprint_of(channel, value),
            }
            for (key, channel), value in sorted(self._addresses.items())
        ]

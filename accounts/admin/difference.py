"""What a change of the settings changes: every field before and after, for the page that shows it and for the audit log."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.signing import Signer
from django.db import models
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ..sealed import fingerprint

# Told by a mark alone: that it changed can be seen, what it is cannot.
_SECRET = frozenset({"password"})
_LEFT_OUT = frozenset({"last_login", "user_permissions", "groups"})


class Unconfirmed(Exception):
    """The change was carried out to see what it changes, and must be taken back until somebody has seen it."""

    def __init__(self, before: dict, after: dict) -> None:
        self.before, self.after = before, after


def values_of(row: models.Model, *, related: Iterable[str] = ()) -> dict[str, Any]:
    """The row as it stands in the database, in JSON's types; `related`: names of rows that are edited with it."""
    row = type(row)._base_manager.get(pk=row.pk)
    told = {}
    for field in (*row._meta.concrete_fields, *row._meta.many_to_many):
        if not field.primary_key and field.name not in _LEFT_OUT:
            told[field.name] = _value(row, field)
    for name in related:
        told[name] = [_line(one) for one in getattr(row, name).all()]
    return told


def seen_mark(before: dict) -> str:
    """Proof that this was the state whose change was shown: another state in between, and it is shown again."""
    body = json.dumps(before, sort_keys=True, ensure_ascii=False)
    return Signer(salt="accounts.admin").signature(hashlib.sha256(body.encode()).hexdigest())


def lines_of(model: type[models.Model], before: dict, after: dict) -> list[dict[str, str]]:
    """Name, before and after of each field that differs, as a person reads them."""
    return [
        {
            "name": _label(model, name),
            "before": _shown(model, name, before.get(name)),
            "after": _shown(model, name, after.get(name)),
        }
        for name in after
        if before.get(name) != after[name]
    ]


def _value(row: models.Model, field: models.Field) -> Any:
    value = getattr(row, field.name)
    if field.many_to_many:
        return sorted(str(one) for one in value.all())
    if value is None or (isinstance(value, bool | int | str) and field.name not in _SECRET):
        return value
    if isinstance(value, bytes | memoryview) or field.name in _SECRET:
        body = value if isinstance(value, str) else bytes(value).hex()
        return f"•••• {fingerprint(body, context='setting').hex()[:6]}" if body else ""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, list | dict) else str(value)


def _line(row: models.Model) -> str:
    parent = [field.name for field in row._meta.fields if field.primary_key or field.is_relation]
    values = {name: value for name, value in values_of(row).items() if name not in parent}
    return " · ".join(
        ", ".join(value) if isinstance(value, list) else str(value) for value in values.values()
    )


def _label(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    label = getattr(field, "verbose_name", None) or field.related_model._meta.verbose_name_plural
    return capfirst(str(label))


def _shown(model: type[models.Model], name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = model._meta.get_field(name)
    if isinstance(field, models.DateTimeField):
        return localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    choices = dict(getattr(field, "flatchoices", None) or ())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(choices.get(value, value))

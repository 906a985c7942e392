"""From what was typed into the dialog of an act on many cases to the args that the API takes too."""

from collections.abc import Mapping
from typing import Any

from ..services.case_acts import ACTS

# Which member of the body a percentage means.
_SHARES = {"offer": "pay", "waive": "amount", "record-payment": "amount", "recover": "amount"}
_MAY_BE_EMPTY = frozenset({"text", "answer"})
_PARTS = ("parts", "in_days", "every_days")


def args_of(given: Mapping[str, str], action: str) -> dict[str, Any]:
    """Texts as they are: their form is `shared_args.check_shared`'s to judge."""
    if action == "plan":
        return {"instalments": {name: _whole(given.get(name, "")) for name in _PARTS}}
    args: dict[str, Any] = {}
    for name in ACTS[action].shape.__struct_fields__:
        text = given.get(name, "").replace("\x00", "").strip()
        if text or (name in _MAY_BE_EMPTY and name in given):
            args[name] = text
    if action in _SHARES:
        args[_SHARES[action]] = {"percent": _whole(given.get("percent", ""))}
    if action == "snooze" and args.get("until"):
        args.pop("on", None)
    return args


def _whole(text: str) -> int:
    """0, which no field takes, for what is no number."""
    text = text.strip().removesuffix("%").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0

"""Decisions in words, in the active language, from the stable codes they are stored with."""

from datetime import datetime

from defaults.models import DefaultCase

from ..models import Decision


def explain_decision(decision: Decision) -> dict:
    """{"sentence", "verdict", "until", "rules": [{"id", "version", "verdict", "until", "title", "detail"}]}"""
    raise NotImplementedError


def why(case: DefaultCase, *, at: datetime, now: datetime) -> dict:
    """The decision in force at `at`, explained, plus "at", "is_live" and "next_lawful_at"."""
    raise NotImplementedError

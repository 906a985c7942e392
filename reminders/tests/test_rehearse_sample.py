"""The sample world lived through by itself: nearly everything that was resolved needed nobody, and every invariant holds."""

import json

import pytest
from django.core.management import CommandError, call_command

from reminders.rehearsal.outcomes import Outcomes


@pytest.fixture
def rehearse(tmp_path, migrated_once, django_db_blocker):
    """Rehearse outside any test's transaction; answers what was written as JSON."""

    def rehearse(*options: str) -> dict:
        file = tmp_path / "out.json"
        with django_db_blocker.unblock():
            call_command("rehearse_sample", "--json", str(file), *options)
        return json.loads(file.read_text())

    return rehearse


def test_nearly_everything_is_resolved_without_staff_and_the_books_are_clean(rehearse, capsys):
    seen = rehearse()
    assert seen["share_alone"] >= 0.98
    assert seen["verify"] == ""
    assert set(seen["alone"]) >= {"cured", "settled", "withdrawn", "written_off"}
    assert {"D", "O", "T", "N"} <= set(seen["by_class"])
    printed = capsys.readouterr().out
    assert "resolved without a staff act" in printed
    assert "verify: clean" in printed


def test_a_world_in_which_staff_had_to_act_too_often_fails(rehearse):
    with pytest.raises(CommandError, match="were resolved without a staff act"):
        rehearse("--percent", "3", "--least", "100.1")


def test_the_share_counts_what_ended_and_nothing_else():
    seen = Outcomes()
    assert seen.share_alone == 0.0
    seen.alone.update({"cured": 97, "settled": 1})
    seen.with_staff.update({"cured": 2})
    seen.live.update({"open": 50})
    assert (seen.resolved, seen.share_alone) == (100, 0.98)

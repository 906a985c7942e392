"""import_payments takes a whole file or nothing, and the same file again changes nothing."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import LedgerEntry, Merchant, Payment, PaymentEvent
from accounts.services import import_file as importer

from .test_importing import GOOD, HEADER, MAPPING

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return Merchant.objects.create(
        slug="tim", name="Tim", jurisdiction="BR", time_zone="America/Sao_Paulo", locale="en", currency="BRL"
    )


@pytest.fixture
def run(merchant, tmp_path, capsys):
    """Import these bytes; answers what was printed."""

    def run(body: bytes, *options: str) -> str:
        (tmp_path / "map.toml").write_text(MAPPING)
        (tmp_path / "file.csv").write_bytes(body)
        mapping = str(tmp_path / "map.toml")
        call_command(
            "import_payments", str(tmp_path / "file.csv"), "--merchant", "tim", "--mapping", mapping, *options
        )
        return capsys.readouterr().out

    return run


def _lines(count: int) -> bytes:
    return b"".join(b"c%d,p%d,5.0,2019-01-17,2019-01-%d\n" % (n % 7, n, 18 + n % 9) for n in range(count))


def test_a_file_is_taken_in_and_the_books_follow(run):
    assert run(HEADER + GOOD + b"bob,p2,3.85,2019-02-01,\n").startswith(
        "2 lines, 3 events: 3 applied, 0 duplicates"
    )
    assert dict(Payment.objects.values_list("reference", "outstanding_minor")) == {"p1": 0, "p2": 385}
    assert sorted(LedgerEntry.objects.values_list("kind", "amount_minor")) == [
        ("charge", 385),
        ("charge", 500),
        ("payment", 500),
    ]


def test_the_same_file_again_is_all_duplicates(run):
    run(HEADER + GOOD)
    assert "0 applied, 2 duplicates" in run(HEADER + GOOD)
    assert LedgerEntry.objects.count() == 2


def test_the_books_it_prints_are_the_same_for_the_same_file_and_others_for_another(run):
    books = run(HEADER + GOOD).splitlines()[1]
    assert books.startswith("books: 1 payments, sha256 ")
    assert run(HEADER + GOOD).splitlines()[1] == books
    assert run(HEADER + b"bob,p2,3.85,2019-02-01,\n").splitlines()[1] != books


def test_a_dry_run_counts_and_keeps_nothing(run):
    assert "2 applied" in run(HEADER + GOOD, "--dry-run")
    assert not PaymentEvent.objects.exists()


def test_one_bad_line_keeps_the_whole_file_out(run, capsys):
    with pytest.raises(CommandError, match="1 faults, nothing was imported"):
        run(HEADER + _lines(1500) + b"bob,x,five,2019-02-01,\n")
    assert "line 1502, column amount: 'five' is not a plain decimal number" in capsys.readouterr().err
    assert not PaymentEvent.objects.exists()


def test_a_payment_that_stands_twice_is_named_with_both_lines(run, capsys):
    with pytest.raises(CommandError):
        run(HEADER + GOOD + GOOD)
    assert "line 3: the payment of line 2 a second time" in capsys.readouterr().err


def test_a_line_that_contradicts_what_is_stored_keeps_the_whole_file_out(run, capsys):
    run(HEADER + GOOD)
    with pytest.raises(CommandError, match="nothing was imported"):
        run(HEADER + b"bob,p9,3.85,2019-02-01,\n" + GOOD.replace(b"5.0", b"6.0"))
    assert "line 3: csv:p1:due: This id was used for another event" in capsys.readouterr().err
    assert not Payment.objects.filter(reference="p9").exists()


def test_an_interrupted_import_goes_on_with_the_same_command(run, monkeypatch):
    body, real, calls = HEADER + _lines(1200), importer.record_events, []

    def interrupted(**arguments):
        calls.append(1)
        if len(calls) == 5:  # three batches of the trial, then the second one for good
            raise KeyboardInterrupt
        return real(**arguments)

    monkeypatch.setattr(importer, "record_events", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(body)
    monkeypatch.undo()
    assert run(body).startswith("1200 lines, 2400 events: 1400 applied, 1000 duplicates")


def test_at_most_fifty_faults_are_listed_and_the_rest_counted(run, capsys):
    with pytest.raises(CommandError, match="80 faults"):
        run(HEADER + b"bob\n" * 80)
    printed = capsys.readouterr().err
    assert printed.count("line ") == 50
    assert "… and 30 more" in printed


def test_a_header_alone_is_no_import(run):
    with pytest.raises(CommandError, match="nothing was imported"):
        run(HEADER)


def test_a_folder_an_absent_file_and_an_unknown_merchant_are_refused_in_words(merchant, tmp_path):
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING)
    for path, slug, words in (
        (tmp_path, "tim", "is no file"),
        (tmp_path / "x", "tim", "is no file"),
        (mapping, "tom", "no merchant"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_payments", str(path), "--merchant", slug, "--mapping", str(mapping))


def test_a_missing_mapping_is_refused_in_words(merchant, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command(
            "import_payments", str(tmp_path), "--merchant", "tim", "--mapping", str(tmp_path / "none.toml")
        )

"""A CSV file becomes events by its mapping, or says line by line why it does not."""

import io
from pathlib import Path

import pytest

from accounts.importing import BadFile, BadLine, BadMapping, Reader, read_lines, read_mapping

MAPPING = """
[file]
columns = ["who", "ref", "amount", "bought_at", "paid_at"]
[merchant]
currency = "BRL"
jurisdiction = "BR"
time_zone = "America/Sao_Paulo"
[dates]
format = "iso"
zone = "UTC"
[payment]
reference = "{ref}"
amount = "amount"
told_at = "bought_at"
due_on = { column = "bought_at", plus_days = 7 }
[customer]
reference = "{who}"
email = "{who}@example.com"
[paid]
at = "paid_at"
"""
HEADER = b"who,ref,amount,bought_at,paid_at\n"
GOOD = b"ann,p1,5.0,2019-01-17 01:30:00,2019-01-20 12:00:00\n"


def _read(body: bytes, mapping: str = MAPPING) -> tuple[list, list]:
    """Rows, and faults as (line, column, reason)."""
    form, faults, rows = read_mapping(mapping), [], []
    reader = Reader(form)
    for number, cells in read_lines(io.BytesIO(body), form.file, lambda *fault: faults.append(fault)):
        try:
            rows.append(reader.row(cells))
        except BadLine as bad:
            faults.append((number, bad.column, bad.reason))
    return rows, faults


def test_a_paid_line_becomes_a_due_and_a_paid_event_of_the_same_amount():
    (row,), faults = _read(HEADER + GOOD)
    due, paid = row.events
    assert faults == []
    assert (due["id"], due["type"], due["data"]["amount"]) == ("csv:p1:due", "payment.due", 500)
    assert (paid["id"], paid["type"], paid["data"]["amount"]) == ("csv:p1:paid", "payment.paid", 500)
    assert paid["occurred_at"] == "2019-01-20T12:00:00Z"


def test_the_due_date_counts_from_the_local_day_of_the_purchase():
    (row,), _ = _read(HEADER + GOOD)
    assert row.events[0]["data"]["due_on"] == "2019-01-23"  # 01:30 UTC was still the 16th in São Paulo


def test_an_unpaid_line_yields_no_paid_event():
    (row,), _ = _read(HEADER + b"ann,p1,5.0,2019-01-17,\n")
    assert [event["type"] for event in row.events] == ["payment.due"]


def test_a_byte_order_mark_and_dos_line_ends_are_no_fault():
    rows, faults = _read(b"\xef\xbb\xbf" + (HEADER + GOOD).replace(b"\n", b"\r\n"))
    assert (len(rows), faults) == (1, [])


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (b"ann,p1,1e5,2019-01-17,", "amount", "plain decimal"),
        (b"ann,p1,0.001,2019-01-17,", "amount", "more decimals than BRL"),
        (b"ann,p1,-5,2019-01-17,", "amount", "not more than nothing"),
        (b"ann,p1,1_000,2019-01-17,", "amount", "plain decimal"),
        ("ann,p1,５,2019-01-17,".encode(), "amount", "plain decimal"),
        (b"ann,p1,9999999999999,2019-01-17,", "amount", "999999999999"),
        (b"ann,p1,5,2019-02-30,", "bought_at", "no date"),
        (b"ann,p1,5,0019-02-03,", "bought_at", "between 1990 and 2199"),
        (b"ann,p1,5,2019-01-17,soon", "paid_at", "no date"),
        (b"ann,,5,2019-01-17,", "ref", "1 to 200"),
        (b"ann," + b"9" * 201 + b",5,2019-01-17,", "ref", "1 to 200"),
        (b"a b,p1,5,2019-01-17,", "who", "no e-mail address"),
        (b"ann,p1,5", None, "3 columns where the header has 5"),
        (b"ann,\xff,5,2019-01-17,", None, "byte 5 is 0xff"),
        (b"ann,\0,5,2019-01-17,", None, "byte 5 is NUL"),
        (b'"a"nn,p1,5,2019-01-17,', None, "no CSV"),
        (b"x" * 10_000_000, None, "longer than 64 KiB"),
    ],
)
def test_a_bad_line_is_named_with_its_column_and_reason_and_the_next_is_read(line, column, words):
    rows, faults = _read(HEADER + line + b"\n" + GOOD)
    ((number, blamed, reason),) = faults
    assert (number, blamed, len(rows)) == (2, column, 1)
    assert words in reason


def test_a_quote_that_never_closes_does_not_swallow_the_file_into_memory():
    _, faults = _read(HEADER + b'"ann,p1\n' + GOOD * 400)
    assert faults[0][:2] == (2, None)
    assert "more than 100 lines" in faults[0][2]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"who,ref,amount,bought_at\n", "no column 'paid_at'"),
        (HEADER.strip() + b",colour\n", "unknown column 'colour'"),
        (HEADER.strip() + b",who\n", "twice"),
        ("who".encode("utf-16"), "UTF-16"),
        (b"\xff,b\n", "byte 1 is 0xff"),
    ],
)
def test_a_file_whose_header_is_not_the_mappings_is_refused_whole(body, words):
    with pytest.raises(BadFile, match=words):
        _read(body)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[file]", "[file", "Expected"),
        ('format = "iso"', 'formt = "iso"', "formt"),
        ('"BRL"', '"XXX"', "merchant.currency"),
        ('"BR"', '"EU"', "merchant.jurisdiction"),
        ('"America/Sao_Paulo"', '"Mars/Olympus"', "merchant.time_zone"),
        ('"UTC"', '"Mars"', "dates.zone"),
        ('"iso"', '"%Y-%m-%d"', "dates.time"),
        ('"{ref}"', '"{nothing}"', "nothing"),
        ('"{ref}"', '"{ref!r}"', "only column names"),
        ('"{ref}"', '"{ref"', "pattern"),
        ("[file]", '[file]\nencoding = "utf-16"', "keep ASCII"),
        ("[file]", '[file]\nencoding = "martian"', "no text encoding"),
        ("[file]", '[file]\ndelimiter = ";;"', "one ASCII character"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_before_any_line_is_read(old, new, words):
    with pytest.raises(BadMapping, match=words):
        read_mapping(MAPPING.replace(old, new, 1))


@pytest.mark.parametrize("name", ["airtime-advances", "receivables"])
def test_the_worked_examples_are_sound(name):
    docs = Path(__file__).resolve().parents[2] / "docs" / "mappings"
    assert read_mapping((docs / f"{name}.toml").read_text(encoding="utf-8")).paid is not None

from io import BytesIO

import pytest
from pypdf import PdfReader

from accounts.models import Payment
from defaults.case_states import CaseState
from defaults.models import DefaultCase

from .showcase import case, closed_case, pay, songbird
from .visiting import Customer, is_born

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]


def known(owed: DefaultCase, *, language: str = "ko") -> Customer:
    is_born(owed)
    customer = Customer(owed, language=language)
    customer.shows_who_they_are()
    return customer


def paid_case(outcome: str = "cured") -> DefaultCase:
    ended = closed_case(songbird(), 0, outcome=outcome)
    pay(ended)
    return ended


def read(customer: Customer, name: str) -> str:
    answer = customer.browser.get(
        f"/r/case/{customer.case.number}/papers/{name}.pdf", {"lang": customer.language}
    )
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def receipt_name(customer: Customer) -> str:
    return customer.see().split("papers/receipt-")[1].split(".pdf")[0]


def test_the_statement_names_every_item_entry_and_the_sum_in_korean() -> None:
    text = read(known(case(songbird(), 0, items=2)), "statement")
    for said in (
        "김서연",
        "Songbird",
        "웹툰 ‘달빛 극장’ 41–52화",
        "Gem pack 50",
        "₩9,900",
        "₩11,100",
        "₩21,000",
    ):
        assert said in text


def test_the_statement_adds_up_after_a_part_was_paid() -> None:
    owed = case(songbird(), 0)
    pay(owed)
    text = read(known(owed, language="en"), "statement")
    assert "-₩9,900" in text
    assert "₩0" in text


def test_a_receipt_names_what_came_in_and_for_what() -> None:
    customer = known(paid_case(), language="en")
    text = read(customer, f"receipt-{receipt_name(customer)}")
    for said in ("Receipt", "₩9,900", customer.case.number, "웹툰 ‘달빛 극장’ 41–52화"):
        assert said in text


def test_a_case_that_was_paid_has_its_certificate() -> None:
    text = read(known(paid_case(), language="en"), "certificate")
    assert "Certificate of payment in full" in text
    assert "₩9,900" in text


def test_the_certificate_of_a_settled_case_says_so() -> None:
    assert "settled for less" in read(known(paid_case("settled"), language="en"), "certificate")


@pytest.mark.parametrize("outcome", ["written_off", "forgiven", "withdrawn", "barred"])
def test_no_other_end_has_a_certificate(outcome) -> None:
    customer = known(paid_case(outcome))
    assert "certificate" not in customer.see()
    assert customer.browser.get(customer.address("papers", "certificate.pdf")[:-1]).status_code == 404


def test_an_open_case_has_no_certificate() -> None:
    customer = known(case(songbird(), 0))
    assert customer.browser.get(customer.address("papers", "certificate.pdf")[:-1]).status_code == 404


def test_a_payment_taken_back_takes_the_certificate_with_it() -> None:
    ended = paid_case()
    customer = known(ended)
    Payment.objects.filter(customer=ended.customer).update(outstanding_minor=9900)
    assert customer.browser.get(customer.address("papers", "certificate.pdf")[:-1]).status_code == 404


@pytest.mark.parametrize("name", ["statement", "certificate", "receipt-1"])
def test_nobody_gets_a_document_without_the_second_factor(name) -> None:
    answer = (customer := Customer(paid_case())).browser.get(customer.address("papers", f"{name}.pdf")[:-1])
    assert answer["Location"].endswith("/you/")


def test_a_receipt_of_somebody_else_looks_like_none() -> None:
    customer = known(paid_case())
    assert customer.browser.get(customer.address("papers", "receipt-999999.pdf")[:-1]).status_code == 404


def test_documents_are_small_and_not_kept_by_browsers() -> None:
    customer = known(case(songbird(), 0, items=5))
    answer = customer.browser.get(customer.address("papers", "statement.pdf")[:-1])
    assert len(answer.content) < 60_000
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"] == f'attachment; filename="statement-{customer.case.number}.pdf"'


def test_signs_no_korean_font_has_are_printed_all_the_same() -> None:
    owed = case(songbird(), 0)
    owed.customer.__class__.objects.filter(pk=owed.customer_id).update(name="Renée Müller €")
    assert "Renée Müller €" in read(known(owed), "statement")


def test_a_long_statement_goes_over_pages() -> None:
    owed = case(songbird(), 0, items=40, state=CaseState.OPEN)
    customer = known(owed)
    answer = customer.browser.get(customer.address("papers", "statement.pdf")[:-1])
    assert len(PdfReader(BytesIO(answer.content)).pages) > 2

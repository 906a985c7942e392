"""Documents for the customer, as PDF: the statement, a receipt for each payment, the certificate of payment in full."""

from .certificate import certificate, has_certificate
from .receipt import Money, receipt, receipts_of
from .statement import statement

__all__ = ["Money", "certificate", "has_certificate", "receipt", "receipts_of", "statement"]

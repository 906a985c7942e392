"""Views with stable names for any reporting tool: readable without the product, and without any right to write."""

from django.db import migrations

VIEWS = """
CREATE SCHEMA reporting;

CREATE FUNCTION reporting.case_number(id bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'AM-' || lpad(id::text, greatest(6, length(id::text)), '0')
$$;

CREATE VIEW reporting.events AS
SELECT m.slug AS merchant, e.event_id, e.type, e.received_at, e.applied_at, e.status
  FROM accounts_paymentevent e JOIN accounts_merchant m ON m.id = e.merchant_id;

CREATE VIEW reporting.cases AS
SELECT reporting.case_number(c.id) AS number, m.slug AS merchant, u.reference AS customer, c.state, c.outcome,
       c.claimed_minor, c.currency, c.version, c.opened_at, c.closed_at
  FROM defaults_defaultcase c
  JOIN accounts_merchant m ON m.id = c.merchant_id
  JOIN accounts_customer u ON u.id = c.customer_id;

CREATE VIEW reporting.messages AS
SELECT reporting.case_number(case_id) AS case_number, step_key AS step, channel, key, state, attempts_made AS attempts,
       contacted_at AS handed_over_at
  FROM reminders_message;

CREATE VIEW reporting.ledger AS
SELECT e.id AS entry, p.reference AS payment, e.from_account, e.to_account, e.amount_minor, e.currency,
       e.occurred_at AS at
  FROM accounts_ledgerentry e JOIN accounts_payment p ON p.id = e.payment_id;

CREATE VIEW reporting.case_events AS
SELECT reporting.case_number(case_id) AS case_number, seq, kind, from_state, to_state, at, actor
  FROM defaults_caseevent;

CREATE VIEW reporting.decisions AS
SELECT reporting.case_number(d.case_id) AS case_number, d.at, d.verdict, d.rule, d.until,
       p.slug || ' v' || v.number AS policy_version
  FROM reminders_decision d
  LEFT JOIN reminders_policyversion v ON v.id = d.policy_version_id
  LEFT JOIN reminders_dunningpolicy p ON p.id = v.policy_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0004_append_only"),
        ("accounts", "0002_append_only"),
        ("defaults", "0001_initial"),
    ]

    operations = [migrations.RunSQL(VIEWS, "DROP SCHEMA reporting CASCADE;")]

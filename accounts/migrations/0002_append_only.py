from django.db import migrations

REFUSE_REWRITING = """
CREATE FUNCTION amends_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused. Correct it with a further entry.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

LEDGER_IS_APPEND_ONLY = """
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON accounts_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
CREATE TRIGGER ledger_is_never_truncated BEFORE TRUNCATE ON accounts_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
"""

INBOX_KEEPS_EVERYTHING = """
CREATE TRIGGER inbox_keeps_everything BEFORE DELETE ON accounts_paymentevent
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
CREATE TRIGGER inbox_is_never_truncated BEFORE TRUNCATE ON accounts_paymentevent
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
"""

ENTRIES_KEEP_THEIR_CURRENCY = """
ALTER TABLE accounts_ledgerentry ADD CONSTRAINT an_entry_is_in_the_currency_of_its_payment
    FOREIGN KEY (payment_id, currency) REFERENCES accounts_payment (id, currency);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_REWRITING, "DROP FUNCTION amends_refuse_rewriting();"),
        migrations.RunSQL(
            LEDGER_IS_APPEND_ONLY,
            "DROP TRIGGER ledger_is_append_only ON accounts_ledgerentry;"
            "DROP TRIGGER ledger_is_never_truncated ON accounts_ledgerentry;",
        ),
        migrations.RunSQL(
            INBOX_KEEPS_EVERYTHING,
            "DROP TRIGGER inbox_keeps_everything ON accounts_paymentevent;"
            "DROP TRIGGER inbox_is_never_truncated ON accounts_paymentevent;",
        ),
        migrations.RunSQL(
            ENTRIES_KEEP_THEIR_CURRENCY,
            "ALTER TABLE accounts_ledgerentry DROP CONSTRAINT an_entry_is_in_the_currency_of_its_payment;",
        ),
    ]

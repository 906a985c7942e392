from django.db import migrations, models

from defaults.agreement_states import FIRST, MOVES

REFUSE_OTHER_MOVES = """
CREATE FUNCTION amends_only_drawn_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT NEW.state = ANY (TG_ARGV[0]::text[]) THEN
        RAISE EXCEPTION '% does not begin as %.', TG_TABLE_NAME, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF TG_OP = 'UPDATE' AND NEW.state <> OLD.state
          AND NOT OLD.state || '>' || NEW.state = ANY (TG_ARGV[1]::text[]) THEN
        RAISE EXCEPTION '% does not move from % to %.', TG_TABLE_NAME, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def trigger_of(table: str) -> str:
    first = ",".join(sorted(FIRST[table]))
    arrows = ",".join(f"{before}>{after}" for before in MOVES[table] for after in sorted(MOVES[table][before]))
    return (
        f"CREATE TRIGGER only_drawn_moves BEFORE INSERT OR UPDATE OF state ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION amends_only_drawn_moves('{{{first}}}', '{{{arrows}}}');"
    )


class Migration(migrations.Migration):
    dependencies = [("defaults", "0003_resolution")]

    operations = [
        migrations.AddField(
            model_name="negotiationterms",
            name="longest_promise_days",
            field=models.PositiveSmallIntegerField(default=30, verbose_name="longest time to a promised payment (days)"),
        ),
        migrations.AddField(
            model_name="settlementoffer",
            name="paid_before_minor",
            field=models.BigIntegerField(
                db_default=0,
                help_text="Paid on its items when it was made: only money that came later pays the offer.",
            ),
        ),
        migrations.RunSQL(REFUSE_OTHER_MOVES, "DROP FUNCTION amends_only_drawn_moves();"),
        *(
            migrations.RunSQL(trigger_of(table), f"DROP TRIGGER only_drawn_moves ON {table};")
            for table in MOVES
        ),
    ]

from django.db import migrations

DECISIONS_ARE_APPEND_ONLY = """
CREATE TRIGGER a_decision_is_append_only BEFORE UPDATE OR DELETE ON reminders_decision
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
CREATE TRIGGER a_decision_is_never_truncated BEFORE TRUNCATE ON reminders_decision
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0003_default_policy"), ("accounts", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            DECISIONS_ARE_APPEND_ONLY,
            "DROP TRIGGER a_decision_is_append_only ON reminders_decision;"
            "DROP TRIGGER a_decision_is_never_truncated ON reminders_decision;",
        ),
    ]

from django.db import migrations

# The formula of `defaults.chain`; a plain SQL function, so that it is inlined into set-based statements.
ENTRY_DIGEST = """
CREATE FUNCTION amends_entry_digest(
    previous bytea, case_id bigint, seq integer, kind text, from_state text, to_state text,
    at timestamptz, actor text, reason text, data jsonb
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        case_id, seq, kind, from_state, to_state,
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, reason, data
    )::text, 'UTF8'))
$$;
"""

HISTORY_IS_APPEND_ONLY = """
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON defaults_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
CREATE TRIGGER history_is_never_truncated BEFORE TRUNCATE ON defaults_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("defaults", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            ENTRY_DIGEST,
            "DROP FUNCTION amends_entry_digest"
            "(bytea, bigint, integer, text, text, text, timestamptz, text, text, jsonb);",
        ),
        migrations.RunSQL(
            HISTORY_IS_APPEND_ONLY,
            "DROP TRIGGER history_is_append_only ON defaults_caseevent;"
            "DROP TRIGGER history_is_never_truncated ON defaults_caseevent;",
        ),
    ]

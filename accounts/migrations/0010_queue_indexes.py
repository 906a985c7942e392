# Names are found by any three letters in a row. Not pg_trgm: where the database's locale is C it sees no Korean.

from django.db import migrations

FUNCTION = """
CREATE FUNCTION accounts_name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(t.letters, i, 3)), '{}'::text[])
    FROM (SELECT upper(normalize(name, NFD)) AS letters) t, generate_series(1, length(t.letters) - 2) i
$$
"""
INDEX = "CREATE INDEX customer_by_name ON accounts_customer USING gin (accounts_name_grams(name))"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_forgiven_index")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION accounts_name_grams(text)"),
        migrations.RunSQL(INDEX, "DROP INDEX customer_by_name"),
    ]

import django.db.models.deletion
from django.db import migrations, models

# Korean consonants that close a syllable, and the same ones where they open the next: a name is found at every key on the
# way to it (이도 by 읻 and by 이ㄷ). Two that close it together are two letters.
CLOSING = "ᆨᆩᆫᆮᆯᆷᆸᆺᆻᆼᆽᆾᆿᇀᇁᇂ"
OPENING = "ᄀᄁᄂᄃᄅᄆᄇᄉᄊᄋᄌᄎᄏᄐᄑᄒ"
TOGETHER = {
    "ᆪ": "ᄀᄉ", "ᆬ": "ᄂᄌ", "ᆭ": "ᄂᄒ", "ᆰ": "ᄅᄀ", "ᆱ": "ᄅᄆ", "ᆲ": "ᄅᄇ", "ᆳ": "ᄅᄉ", "ᆴ": "ᄅᄐ", "ᆵ": "ᄅᄑ",
    "ᆶ": "ᄅᄒ", "ᆹ": "ᄇᄉ",
}
_PARTED = "letters"
for _pair, _two in TOGETHER.items():
    _PARTED = f"replace({_PARTED}, '{_pair}', '{_two}')"

# Both are immutable, so that an index may be built on them. Letters: of a name and of what is sought in it.
# Parts: every piece of `shortest` to three letters; whoever contains a text contains all its parts.
FUNCTIONS = f"""
CREATE FUNCTION amends_letters(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text := upper(normalize($1, NFKD));
BEGIN
    IF letters ~ '[\\u11A8-\\u11C2]' THEN
        letters := translate({_PARTED}, '{CLOSING}', '{OPENING}');
    END IF;
    RETURN letters;
END $$;
CREATE FUNCTION amends_parts(letters text, shortest int) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    parts text[] := '{{}}';
BEGIN
    FOR size IN shortest..3 LOOP
        FOR at IN 1..length(letters) - size + 1 LOOP
            parts := parts || substr(letters, at, size);
        END LOOP;
    END LOOP;
    RETURN parts;
END $$;
"""

FILLED = """
INSERT INTO accounts_nameletters (customer_id, merchant_id, letters)
SELECT id, merchant_id, amends_letters(name) FROM accounts_customer WHERE name <> '' ORDER BY id;
CREATE INDEX name_by_parts ON accounts_nameletters USING gin (amends_parts(letters, 1));
"""

# Statement by statement, so that a batch pays once; whoever writes a customer, no name is missed.
NAMES_ARE_NOTED = """
CREATE FUNCTION amends_note_fresh_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_nametoread (customer_id) SELECT id FROM fresh WHERE name <> '' ORDER BY id;
    RETURN NULL;
END $$;
CREATE FUNCTION amends_note_changed_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH changed AS (
         SELECT id FROM fresh JOIN stale USING (id) WHERE fresh.name <> stale.name
    ), dropped AS (
         DELETE FROM accounts_nameletters l USING changed WHERE l.customer_id = changed.id
    )
    INSERT INTO accounts_nametoread (customer_id) SELECT id FROM changed ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER fresh_names_are_noted AFTER INSERT ON accounts_customer
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION amends_note_fresh_names();
CREATE TRIGGER changed_names_are_noted AFTER UPDATE ON accounts_customer
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION amends_note_changed_names();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_signin")]

    operations = [
        migrations.CreateModel(
            name='NameLetters',
            fields=[
                ('customer', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='letters', serialize=False, to='accounts.customer')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.merchant')),
                ('letters', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='NameToRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.customer')),
            ],
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION amends_parts(text, int); DROP FUNCTION amends_letters(text);"),
        migrations.RunSQL(FILLED, "DROP INDEX name_by_parts;"),
        migrations.RunSQL(
            NAMES_ARE_NOTED,
            "DROP TRIGGER fresh_names_are_noted ON accounts_customer;"
            "DROP TRIGGER changed_names_are_noted ON accounts_customer;"
            "DROP FUNCTION amends_note_fresh_names(); DROP FUNCTION amends_note_changed_names();",
        ),
    ]

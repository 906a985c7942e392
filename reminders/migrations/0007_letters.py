"""What customers are told beside the ladder, softer words after a deferral, and the offer that stands in the offer step."""

import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

from . import _letters_en, _letters_ko

TONGUES = {"en": _letters_en, "ko": _letters_ko}


def texts():
    """(key, channel, language, version, subject, body) of every text."""
    for language, said in TONGUES.items():
        reminders = {f"{key}-soft": words for key, words in said.SOFTER.items()} | {"offer": said.OFFER}
        for key, (subject, mail, short) in (said.LETTERS | reminders).items():
            asks = key in reminders
            version = 2 if key == "offer" else 1
            ending = (said.REMINDER_ENDING if asks else "") + said.ENDING
            tail = said.REMINDER_SHORT_TAIL if asks else said.SHORT_TAIL
            yield key, "email", language, version, subject, said.GREETING + mail + ending
            yield key, "sms", language, version, "", said.SHORT_HEAD + short + tail


def add_texts(apps, schema_editor) -> None:
    template = apps.get_model("reminders", "Template")
    names = ("key", "channel", "language", "version", "subject", "body")
    template.objects.bulk_create(template(**dict(zip(names, text))) for text in texts())


def begin(apps, schema_editor) -> None:
    apps.get_model("reminders", "LastLook").objects.create(id=1)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0006_resolution")]

    operations = [
        migrations.CreateModel(
            name="LastLook",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"constraints": [models.CheckConstraint(condition=Q(id=1), name="one_last_look")]},
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(add_texts, migrations.RunPython.noop),
    ]

"""The policy a new instance starts with: two reminders, an offer, a last notice and the end, within thirty days."""

from django.db import migrations

MAIL_THEN_TEXT = ["email", "sms"]
LADDER = [
    ("reminder-1", 0, "D"),
    ("reminder-2", 5, "D"),
    ("offer", 7, "O"),
    ("last-notice", 7, "D"),
]


def add_policy(apps, schema_editor) -> None:
    policy = apps.get_model("reminders", "DunningPolicy").objects.create(slug="standard", name="Standard")
    version = apps.get_model("reminders", "PolicyVersion").objects.create(
        policy=policy,
        number=1,
        state="live",
        end_decision="write_off",
        end_after_days=7,
        reason="Shipped with the product.",
    )
    step = apps.get_model("reminders", "Step")
    step.objects.bulk_create(
        step(
            version=version,
            key=key,
            position=position,
            after_days=after_days,
            contact_class=contact_class,
            channels=MAIL_THEN_TEXT,
            template_key=key,
        )
        for position, (key, after_days, contact_class) in enumerate(LADDER, 1)
    )


def add_channels(apps, schema_editor) -> None:
    setup = apps.get_model("reminders", "ChannelSetup")
    setup.objects.create(channel="email", adapter="email", memory="none")
    setup.objects.create(channel="sms", adapter="record", memory="none")


class Migration(migrations.Migration):
    dependencies = [("reminders", "0002_default_texts")]

    operations = [
        migrations.RunPython(add_policy, migrations.RunPython.noop),
        migrations.RunPython(add_channels, migrations.RunPython.noop),
    ]

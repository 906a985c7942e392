from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [
        migrations.AddField("decision", "waiting_since", models.DateTimeField(null=True)),
    ]

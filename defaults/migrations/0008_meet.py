from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('defaults', '0007_acts'), ('defaults', '0007_queue')]
    operations = []

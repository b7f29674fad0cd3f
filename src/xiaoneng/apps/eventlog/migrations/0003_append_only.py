from django.db import migrations

from xiaoneng.apps.eventlog.triggers import create, drop


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0002_chains")]
    operations = [migrations.RunPython(create, drop)]

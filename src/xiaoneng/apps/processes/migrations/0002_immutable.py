from django.db import migrations

from xiaoneng.apps.processes.triggers import create, drop


class Migration(migrations.Migration):
    dependencies = [("processes", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]

from django.db import migrations

from xiaoneng.apps.audit.triggers import create, drop


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]

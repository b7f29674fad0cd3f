"""What the peers run: the nine-task permit process, in interpreters of their own.

Each script prints one JSON line: CPU milliseconds per case, the best of the rounds, and the steps of a case.
SpiffWorkflow (LGPL) reads the same BPMN file, its conditions written in Python, and is written to JSON and
read again at every step; ``durable`` also puts that JSON into a table of SQLite. django-viewflow (AGPL) keeps
every step in its tables by nature; its flow is drawn by hand, one transaction a step.
"""

SPIFF = """
import io, json, sqlite3, sys, time
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
task = json.loads(sys.argv[1])
parser = BpmnParser()
text = task["bpmn"].replace("complete = false", "complete == False")
text = text.replace('result = "refused"', 'result == "refused"')
parser.add_bpmn_xml(etree.fromstring(text.encode()))
spec = parser.get_spec("permit")
serializer = BpmnWorkflowSerializer()
base = sqlite3.connect(task["file"], isolation_level=None)
base.execute("PRAGMA journal_mode=WAL")
base.execute("PRAGMA synchronous=NORMAL")
base.execute("CREATE TABLE c (id INTEGER PRIMARY KEY, state TEXT)")
def case(number, text, durable):
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    steps = 1
    if text:
        kept = serializer.serialize_json(workflow)
        if durable:
            base.execute("INSERT INTO c VALUES (?, ?)", (number, kept))
    while not workflow.is_completed():
        if text:
            workflow = serializer.deserialize_json(kept)
        ready = workflow.get_next_task(state=TaskState.READY, manual=True)
        ready.data.update(complete=True, result="granted")
        ready.run()
        workflow.do_engine_steps()
        steps += 1
        if text:
            kept = serializer.serialize_json(workflow)
            if durable:
                base.execute("UPDATE c SET state = ? WHERE id = ?", (kept, number))
    return steps
found = {}
number = 0
for name, text, durable in (("memory", False, False), ("json", True, False), ("durable", True, True)):
    best = 1e9
    for _ in range(task["rounds"]):
        begun = time.process_time()
        for _ in range(task["cases"]):
            number += 1
            steps = case(number, text, durable)
        best = min(best, (time.process_time() - begun) / task["cases"])
    found[name] = best * 1000
print(json.dumps({"steps": steps, **found}))
"""

VIEWFLOW = """
import json, pathlib, sys, time
task = json.loads(sys.argv[1])
folder = pathlib.Path(task["file"]).parent
(folder / "permits").mkdir(exist_ok=True)
(folder / "permits" / "__init__.py").write_text("")
(folder / "permits" / "flows.py").write_text(task["flows"])
sys.path.insert(0, str(folder))
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth", "viewflow", "viewflow.workflow", "permits"
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": task["file"], "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}}},
    USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", DEBUG=False, LOGGING_CONFIG=None,
)
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from viewflow.workflow.models import Process, Task
call_command("migrate", verbosity=0)
from permits.flows import Permit
user = User.objects.create(username="u", is_superuser=True)
def case():
    with transaction.atomic():
        process = Permit.start.run()
    steps = 1
    while True:
        found = Task.objects.filter(process=process, status="NEW", flow_task_type="HUMAN").first()
        if found is None:
            break
        with transaction.atomic():
            found = Task.objects.get(pk=found.pk)
            with Permit.lock(found.process_id):
                activation = found.flow_task.activation_class(found)
                activation.assign(user)
                activation.start(None)
                activation.execute()
        steps += 1
    assert Process.objects.get(pk=process.pk).status == "DONE"
    return steps
case()
from django.test.utils import CaptureQueriesContext
with CaptureQueriesContext(connection) as queries:
    case()
best = 1e9
for _ in range(task["rounds"]):
    begun = time.process_time()
    for _ in range(task["cases"]):
        steps = case()
    best = min(best, (time.process_time() - begun) / task["cases"])
print(json.dumps({"steps": steps, "statements": len(queries), "durable": best * 1000}))
"""

FLOWS = """
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process
def view(request, **more):
    return None
def step(following):
    return flow.View(view).Next(following)
class Permit(flow.Flow):
    process_class = Process
    start = flow.StartHandle().Next(this.receive)
    receive = step(this.check)
    check = step(this.complete)
    complete = flow.If(lambda activation: True).Then(this.split).Else(this.check)
    split = flow.Split().Next(this.plan).Next(this.fire).Next(this.green)
    plan = step(this.join)
    fire = step(this.join)
    green = step(this.join)
    join = flow.Join().Next(this.draft)
    draft = step(this.decide)
    decide = step(this.granted)
    granted = flow.If(lambda activation: True).Then(this.issue).Else(this.refuse)
    issue = step(this.deliver)
    refuse = step(this.deliver)
    deliver = step(this.end)
    end = flow.End()
"""

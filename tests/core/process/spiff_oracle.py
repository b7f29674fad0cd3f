"""SpiffWorkflow in a process of its own: a line of JSON in (model, actions), a line out (tasks per step).

Run as a program. It knows nothing of our engine and imports nothing of ours. In SpiffWorkflow each token has
data of its own; here conditions are evaluated over one set of variables, as in a case of ours.
"""

import json
import sys
from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.util.task import TaskState

VARIABLES: dict[str, Any] = {}


class Shared(PythonScriptEngine):
    """Expressions over the variables of the case."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return eval(expression, {"__builtins__": {}}, VARIABLES)  # the test writes the expressions


def ready(workflow: Any) -> list[Any]:
    return sorted(workflow.get_tasks(state=TaskState.READY, manual=True), key=lambda t: t.task_spec.bpmn_id)


def settle(workflow: Any) -> None:
    """Let everything go on that needs nobody."""
    for _ in range(1000):
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        if not workflow.get_tasks(state=TaskState.READY, manual=False):
            return
    raise RuntimeError("does not come to rest")


def play(source: str, data: dict[str, Any], actions: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """After the start and after each action: the names of the open tasks with their number, and whether the
    case is done."""
    VARIABLES.clear()
    VARIABLES.update(data)
    parser = BpmnParser()
    parser.add_bpmn_str(source.encode())
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"), script_engine=Shared())
    settle(workflow)
    told = []
    for name, values in [*actions, (None, {})]:
        open_tasks = ready(workflow)
        told.append([sorted(Counter(t.task_spec.bpmn_id for t in open_tasks).items()), workflow.completed])
        if name is None:
            break
        task = next((t for t in open_tasks if t.task_spec.bpmn_id == name), None)
        if task is None:
            break
        VARIABLES.update(values)
        task.run()
        settle(workflow)
    return told


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"steps": play(asked["source"], asked["data"], asked["actions"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

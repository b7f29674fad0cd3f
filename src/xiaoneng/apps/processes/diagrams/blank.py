"""The file from which a new process is drawn: a start, one step and an end, with their picture."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

BLANK: Final = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xn="urn:xiaoneng:bpmn:1" id="definitions" \
targetNamespace={namespace}>
  <bpmn:process id={process} name={name} isExecutable="true">
    <bpmn:startEvent id="start" name={start}>
      <bpmn:outgoing>flow_1</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="step_1" name={step} xn:role="handler">
      <bpmn:incoming>flow_1</bpmn:incoming>
      <bpmn:outgoing>flow_2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end" name={end}>
      <bpmn:incoming>flow_2</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="flow_1" sourceRef="start" targetRef="step_1" />
    <bpmn:sequenceFlow id="flow_2" sourceRef="step_1" targetRef="end" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement={process}>
      <bpmndi:BPMNShape id="start_di" bpmnElement="start">
        <dc:Bounds x="160" y="182" width="36" height="36" />
        <bpmndi:BPMNLabel><dc:Bounds x="156" y="225" width="44" height="14" /></bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="step_1_di" bpmnElement="step_1">
        <dc:Bounds x="260" y="160" width="100" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="end_di" bpmnElement="end">
        <dc:Bounds x="424" y="182" width="36" height="36" />
        <bpmndi:BPMNLabel><dc:Bounds x="420" y="225" width="44" height="14" /></bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="flow_1_di" bpmnElement="flow_1">
        <di:waypoint x="196" y="200" /><di:waypoint x="260" y="200" />
      </bpmndi:BPMNEdge>
      <bpmndi:BPMNEdge id="flow_2_di" bpmnElement="flow_2">
        <di:waypoint x="360" y="200" /><di:waypoint x="424" y="200" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def blank(key: str, name: str, *, start: str, step: str, end: str) -> bytes:
    """A model to begin from; the texts are names of the process and of its three elements."""
    texts = {"name": name, "start": start, "step": step, "end": end}
    quoted = {field: quoteattr(text) for field, text in texts.items()}
    return BLANK.format(
        namespace=quoteattr(f"urn:xiaoneng:process:{key}"), process=quoteattr(key), **quoted
    ).encode()

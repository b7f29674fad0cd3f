// The properties of the chosen element: one field per fact, written into the model by commands that can be undone.
window.xnPanel = function (modeler, words) {
  "use strict";
  const fields = document.getElementById("panel-fields");
  const kind = document.getElementById("panel-kind");
  const identity = document.getElementById("p-id");
  const modeling = modeler.get("modeling");
  const factory = modeler.get("bpmnFactory");
  let element = null;

  function is(what, type) { return Boolean(what.$instanceOf && what.$instanceOf(type)); }

  // the process behind a picture without a choice; with pools it is the first pool's
  function subject(of) {
    const object = of.businessObject;
    if (is(object, "bpmn:Collaboration")) return (object.participants || []).map(function (p) { return p.processRef; })[0] || object;
    return is(object, "bpmn:Participant") && object.processRef ? object.processRef : object;
  }

  function definition(object) { return (object.eventDefinitions || [])[0]; }

  // which groups of fields belong to an element
  function groups(object) {
    const found = new Set(["any"]);
    if (is(object, "bpmn:Activity")) found.add("activity");
    if (is(object, "bpmn:Lane")) found.add("lane");
    if (is(object, "bpmn:Process")) found.add("process");
    if (is(object, "bpmn:Event")) found.add("event");
    if (is(object, "bpmn:BusinessRuleTask")) found.add("rule");
    if (is(object, "bpmn:ServiceTask") || is(object, "bpmn:SendTask")) found.add("service");
    if (is(object, "bpmn:ScriptTask")) found.add("script");
    if (is(object, "bpmn:CallActivity")) found.add("call");
    const loop = object.loopCharacteristics;
    if (loop) found.add(is(loop, "bpmn:MultiInstanceLoopCharacteristics") ? "many" : "again");
    if (is(object, "bpmn:SequenceFlow")) {
      const source = object.sourceRef;
      const chooses = is(source, "bpmn:ExclusiveGateway") || is(source, "bpmn:InclusiveGateway") || is(source, "bpmn:ComplexGateway");
      if (chooses || is(source, "bpmn:Activity")) found.add("flow-condition").add("flow-default");
    }
    const event = is(object, "bpmn:Event") && definition(object);
    if (event && is(event, "bpmn:TimerEventDefinition")) found.add("timer");
    if (event && is(event, "bpmn:ConditionalEventDefinition")) found.add("conditional");
    if (event && reference(event)) found.add("named");
    if (is(object, "bpmn:ReceiveTask")) found.add("named");
    return found;
  }

  // [property that refers, type of what it refers to, property that names it]
  function reference(of) {
    const known = { "bpmn:MessageEventDefinition": ["messageRef", "bpmn:Message", "name"], "bpmn:ReceiveTask": ["messageRef", "bpmn:Message", "name"],
      "bpmn:SignalEventDefinition": ["signalRef", "bpmn:Signal", "name"], "bpmn:ErrorEventDefinition": ["errorRef", "bpmn:Error", "errorCode"],
      "bpmn:EscalationEventDefinition": ["escalationRef", "bpmn:Escalation", "escalationCode"] };
    return known[of.$type];
  }

  function timerPart(event) { return ["timeDuration", "timeDate", "timeCycle"].find(function (name) { return event[name]; }); }

  function body(expression) { return expression ? expression.body || "" : ""; }

  function read(what, object) {
    const event = definition(object);
    const owner = is(object, "bpmn:ReceiveTask") ? object : event;
    switch (what) {
      case "timer-kind": return (event && timerPart(event)) || "";
      case "timer": return event && timerPart(event) ? body(event[timerPart(event)]) : "";
      case "event-name": { const ref = owner && reference(owner); return (ref && owner[ref[0]] && (owner[ref[0]][ref[2]] || owner[ref[0]].name)) || ""; }
      case "condition": return body(is(object, "bpmn:SequenceFlow") ? object.conditionExpression : event && event.condition);
      case "default": return Boolean(object.sourceRef && object.sourceRef.default === object);
      case "cardinality": return body(object.loopCharacteristics.loopCardinality);
      case "completion": return body(object.loopCharacteristics.completionCondition);
      case "loop": return body(object.loopCharacteristics.loopCondition);
      case "documentation": return ((object.documentation || [])[0] || {}).text || "";
      default: return object.get(what) || (what === "xn:limit" && event && event.get(what)) || "";
    }
  }

  function expression(text) { return text ? factory.create("bpmn:FormalExpression", { body: text }) : undefined; }

  function nested(of, values) { modeling.updateModdleProperties(element, of, values); }

  function named(owner, text) {
    const ref = reference(owner);
    const root = modeler.getDefinitions();
    const type = ref[1];
    let target = text && (root.rootElements || []).find(function (e) { return e.$type === type && (e[ref[2]] || e.name) === text; });
    if (text && !target) {
      const values = { name: text };
      values[ref[2]] = text;
      target = factory.create(type, values);
      target.$parent = root;
      modeling.updateModdleProperties(element, root, { rootElements: (root.rootElements || []).concat([target]) });
    }
    const change = {};
    change[ref[0]] = target || undefined;
    nested(owner, change);
  }

  function write(what, value) {
    const object = subject(element);
    const event = definition(object);
    const loop = object.loopCharacteristics;
    const text = typeof value === "string" ? value.trim() : value;
    const change = {};
    if (what === "timer" || what === "timer-kind") {
      const name = what === "timer-kind" ? text : timerPart(event) || "timeDuration";
      const own = what === "timer" ? text : body(event[timerPart(event)]);
      change.timeDuration = change.timeDate = change.timeCycle = undefined;
      if (name) change[name] = expression(own) || factory.create("bpmn:FormalExpression", { body: "" });
      nested(event, change);
    } else if (what === "event-name") named(is(object, "bpmn:ReceiveTask") ? object : event, text);
    else if (what === "condition" && is(object, "bpmn:SequenceFlow")) modeling.updateProperties(element, { conditionExpression: expression(text) });
    else if (what === "condition") nested(event, { condition: expression(text) });
    else if (what === "default") modeling.updateProperties(element.source, { default: value ? object : undefined });
    else if (what === "cardinality") nested(loop, { loopCardinality: expression(text) });
    else if (what === "completion") nested(loop, { completionCondition: expression(text) });
    else if (what === "loop") nested(loop, { loopCondition: expression(text) });
    else if (what === "documentation") nested(object, { documentation: text ? [factory.create("bpmn:Documentation", { text: text })] : [] });
    else if (what === "name" && object === element.businessObject) modeling.updateLabel(element.labelTarget || element, text);
    else {
      change[what] = text || undefined;
      if (object === element.businessObject) modeling.updateProperties(element, change);
      else nested(object, change);
    }
  }

  function show(of) {
    element = of && of.labelTarget ? of.labelTarget : of;
    const object = element && subject(element);
    fields.disabled = !object;
    if (!object) return;
    const wanted = groups(object);
    const whole = is(object, "bpmn:Process") || is(object, "bpmn:Collaboration");
    kind.textContent = whole ? words["xn.nothing"] : "";
    identity.textContent = object.id;
    fields.querySelectorAll("[data-of]").forEach(function (group) {
      group.hidden = !group.dataset.of.split(" ").some(function (name) { return wanted.has(name); });
    });
    fields.querySelectorAll("[data-set]").forEach(function (input) {
      if (input.closest("[data-of]").hidden) return;
      const value = read(input.dataset.set, object);
      if (input.type === "checkbox") input.checked = value;
      else {
        // what a file says stays, even where the list does not know it
        if (input.tagName === "SELECT" && value && !Array.from(input.options).some(function (o) { return o.value === value; })) input.add(new Option(value, value));
        if (input !== document.activeElement) input.value = value;
      }
    });
  }

  function several() { element = null; fields.disabled = true; kind.textContent = words["xn.several"]; }

  fields.addEventListener("change", function (event) {
    const input = event.target.closest("[data-set]");
    if (!input || !element) return;
    write(input.dataset.set, input.type === "checkbox" ? input.checked : input.value);
  });

  modeler.on("selection.changed", function (event) {
    if (event.newSelection.length > 1) several();
    else show(event.newSelection[0] || modeler.get("canvas").getRootElement());
  });
  // an element that was undone, renamed in the picture or given another kind
  modeler.on(["elements.changed", "root.set"], function () {
    const registry = modeler.get("elementRegistry");
    if (element && registry.get(element.id)) show(registry.get(element.id));
    else show(modeler.get("canvas").getRootElement());
  });
  show(modeler.get("canvas").getRootElement());
  return { commit: function () { if (document.activeElement && fields.contains(document.activeElement)) document.activeElement.blur(); } };
};

// What every picture of a process shares: bpmn-js with our texts, colours and extension attributes, zoom, marks.
window.xnDiagram = (function () {
  "use strict";
  const SMALLEST = 0.7; // a first view below this is not readable: then the beginning is shown instead of the whole
  const FACTS = ["role", "body", "limit", "limitUnit", "clock", "form", "decision", "connector", "result", "event",
    "en", "cost", "duration", "probability"];
  const MODDLE = {
    name: "Xiaoneng", uri: "urn:xiaoneng:bpmn:1", prefix: "xn", xml: { tagAlias: "lowerCase" },
    // not all elements: an expression has a body of its own, which xn:body would push out of the file
    types: [{ name: "Facts", extends: ["bpmn:FlowElement", "bpmn:Lane", "bpmn:Process", "bpmn:Participant", "bpmn:EventDefinition"],
      properties: FACTS.map(function (name) { return { name: name, isAttr: true, type: "String" }; }) }],
  };

  function translator(words) {
    return function (template, replacements) {
      return (words[template] || template).replace(/\{([^}]+)\}/g, function (all, key) {
        const value = replacements && replacements[key];
        return value === undefined ? all : words[value] || value;
      });
    };
  }

  // colours are names of tokens, so that light and dark need no second drawing
  function options(container, words, modules) {
    const font = getComputedStyle(document.body).fontFamily;
    return {
      container: container,
      bpmnRenderer: { defaultFillColor: "var(--xn-surface)", defaultStrokeColor: "var(--xn-text)", defaultLabelColor: "var(--xn-text)" },
      textRenderer: { defaultStyle: { fontFamily: font, fontSize: 12 }, externalStyle: { fontFamily: font, fontSize: 11.5 } },
      moddleExtensions: { xn: MODDLE },
      additionalModules: [{ translate: ["value", translator(words)] }].concat(modules || []),
    };
  }

  // an English reader sees the English names that a model gives; the file itself is not changed
  function speakEnglish(viewer) {
    viewer.on("import.parse.complete", function (event) {
      Object.values(event.elementsById || {}).forEach(function (element) {
        const name = element.get && element.$descriptor.propertiesByName["xn:en"] && element.get("xn:en");
        if (name) element.name = name;
      });
    });
  }

  // the whole model where it stays readable, else its beginning, right of the palette where there is one
  function first(viewer, root) {
    const canvas = viewer.get("canvas");
    if (canvas.zoom("fit-viewport", "auto") >= SMALLEST && !root.dataset.edit) return;
    const all = viewer.get("elementRegistry").filter(function (e) { return e.x !== undefined && !e.labelTarget && e.parent; });
    if (!all.length) return;
    const zoom = Math.max(SMALLEST, Math.min(1, canvas.zoom(false)));
    const outer = canvas.viewbox().outer;
    const palette = root.querySelector(".djs-palette");
    const aside = palette ? palette.getBoundingClientRect().width + 24 : 0;
    const left = Math.min.apply(null, all.map(function (e) { return e.x; }));
    const top = Math.min.apply(null, all.map(function (e) { return e.y; }));
    const bottom = Math.max.apply(null, all.map(function (e) { return e.y + e.height; }));
    const start = all.filter(function (e) { return e.type === "bpmn:StartEvent"; }).sort(function (a, b) { return a.x - b.x; })[0] || all[0];
    const height = outer.height / zoom;
    const y = bottom - top < height ? (top + bottom - height) / 2 : Math.max(top - 20, start.y - height * 0.7);
    canvas.viewbox({ x: left - 24 - aside / zoom, y: y, width: outer.width / zoom, height: height });
  }

  function step(viewer, factor) {
    const canvas = viewer.get("canvas");
    canvas.zoom(Math.min(4, Math.max(0.1, canvas.zoom(false) * factor)), "auto");
  }

  // two fingers move and zoom, so that one finger still scrolls the page; enlarged, one finger moves
  function fingers(root, viewer) {
    const area = root.querySelector("[data-canvas]");
    const down = new Map();
    let last = null;
    function state() {
      const points = Array.from(down.values());
      const x = points.reduce(function (sum, p) { return sum + p.x; }, 0) / points.length;
      const y = points.reduce(function (sum, p) { return sum + p.y; }, 0) / points.length;
      const apart = points.length > 1 ? Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y) : 0;
      return { x: x, y: y, apart: apart, many: points.length };
    }
    area.addEventListener("pointerdown", function (event) {
      if (event.pointerType !== "touch") return;
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      last = state();
    });
    area.addEventListener("pointermove", function (event) {
      if (!down.has(event.pointerId)) return;
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const now = state();
      const canvas = viewer.get("canvas");
      if (last && last.many === now.many && (now.many > 1 || root.classList.contains("xn-full"))) {
        canvas.scroll({ dx: now.x - last.x, dy: now.y - last.y });
        if (now.apart && last.apart) {
          const rect = area.getBoundingClientRect();
          canvas.zoom(Math.min(4, Math.max(0.1, canvas.zoom(false) * now.apart / last.apart)),
            { x: now.x - rect.left, y: now.y - rect.top });
        }
      }
      last = now;
    });
    ["pointerup", "pointercancel", "pointerleave"].forEach(function (name) {
      area.addEventListener(name, function (event) { down.delete(event.pointerId); last = down.size ? state() : null; });
    });
    area.addEventListener("touchmove", function (event) { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
  }

  function tools(root, viewer, words) {
    function full(on) {
      root.classList.toggle("xn-full", on);
      const button = root.querySelector('[data-xn-zoom="full"]');
      button.setAttribute("aria-pressed", String(on));
      button.querySelector("span").textContent = on ? words["xn.small"] : words["xn.full"];
      viewer.get("canvas").resized();
    }
    root.addEventListener("click", function (event) {
      const button = event.target.closest("[data-xn-zoom]");
      if (!button) return;
      const what = button.dataset.xnZoom;
      if (what === "fit") viewer.get("canvas").zoom("fit-viewport", "auto");
      else if (what === "full") full(!root.classList.contains("xn-full"));
      else step(viewer, what === "in" ? 1.25 : 0.8);
    });
    const elements = root.querySelector("[data-xn-palette]");
    if (elements) {
      const set = function (on) { root.classList.toggle("xn-no-palette", !on); elements.setAttribute("aria-pressed", String(on)); };
      set(root.clientWidth > 600);
      elements.addEventListener("click", function () { set(root.classList.contains("xn-no-palette")); });
    }
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && root.classList.contains("xn-full") && !event.target.closest("input, textarea, .djs-popup")) full(false);
    });
    new ResizeObserver(function () { viewer.get("canvas").resized(); }).observe(root.querySelector("[data-canvas]"));
  }

  // marks by class; `unmark` takes all of one class away
  function unmark(viewer, name) {
    const canvas = viewer.get("canvas");
    viewer.get("elementRegistry").forEach(function (element) { if (canvas.hasMarker(element, name)) canvas.removeMarker(element, name); });
  }

  function path(viewer, ids) {
    unmark(viewer, "xn-path");
    const registry = viewer.get("elementRegistry");
    const canvas = viewer.get("canvas");
    const known = ids.filter(function (id) { return registry.get(id); });
    known.forEach(function (id) { canvas.addMarker(id, "xn-path"); });
    registry.forEach(function (element) {
      if (!element.source || !element.target) return;
      for (let i = 0; i + 1 < known.length; i += 1) {
        if (element.source.id === known[i] && element.target.id === known[i + 1]) canvas.addMarker(element, "xn-path");
      }
    });
    return known.length;
  }

  // all of these in view: as large as they fit, never larger than life; below `least` only the first of them
  function frame(viewer, ids, least) {
    const canvas = viewer.get("canvas");
    const boxes = ids.map(function (id) { return viewer.get("elementRegistry").get(id); }).filter(function (e) { return e && e.x !== undefined; });
    if (!boxes.length) return;
    const left = Math.min.apply(null, boxes.map(function (e) { return e.x; })) - 60;
    const top = Math.min.apply(null, boxes.map(function (e) { return e.y; })) - 50;
    const width = Math.max.apply(null, boxes.map(function (e) { return e.x + e.width; })) + 60 - left;
    const height = Math.max.apply(null, boxes.map(function (e) { return e.y + e.height; })) + 50 - top;
    const outer = canvas.viewbox().outer;
    const zoom = Math.max(least || 0.1, Math.min(1, outer.width / width, outer.height / height));
    const middle = Math.min(left + width / 2, left + outer.width / zoom / 2);
    canvas.viewbox({ x: middle - outer.width / zoom / 2, y: top + height / 2 - outer.height / zoom / 2,
      width: outer.width / zoom, height: outer.height / zoom });
  }

  function badge(viewer, id, kind, text, title, place) {
    const element = viewer.get("elementRegistry").get(id);
    if (!element) return;
    const span = document.createElement("span");
    span.className = "xn-badge xn-badge-" + kind;
    span.textContent = text;
    if (title) span.title = title;
    const at = place || { top: -11, right: 13 };
    // a line has no corner: the badge goes to its middle
    const where = element.waypoints ? middle(element) : at;
    viewer.get("overlays").add(id, "xn-" + kind, { position: where, html: span, show: { minZoom: 0.3 } });
  }

  function middle(element) {
    const points = element.waypoints;
    const a = points[Math.floor((points.length - 1) / 2)];
    const b = points[Math.ceil((points.length - 1) / 2)];
    const left = Math.min.apply(null, points.map(function (p) { return p.x; }));
    const top = Math.min.apply(null, points.map(function (p) { return p.y; }));
    return { left: (a.x + b.x) / 2 - left, top: (a.y + b.y) / 2 - top };
  }

  // the list of findings is the source: each element gets one badge with the number of errors, else of remarks
  function findings(viewer, list, words) {
    const overlays = viewer.get("overlays");
    overlays.remove({ type: "xn-error" });
    overlays.remove({ type: "xn-warning" });
    const counts = new Map();
    if (list) list.querySelectorAll("[data-xn-finding]").forEach(function (row) {
      const of = counts.get(row.dataset.element) || { error: 0, warning: 0 };
      of[row.dataset.xnFinding] += 1;
      counts.set(row.dataset.element, of);
    });
    counts.forEach(function (of, id) {
      const kind = of.error ? "error" : "warning";
      const text = words[of.error ? "xn.errors" : "xn.remarks"].replace("{n}", of.error || of.warning);
      badge(viewer, id, kind, (of.error ? "✕ " : "! ") + (of.error || of.warning), text);
    });
  }

  // chooses an element and brings it into view, with the path that shows what is wrong with it
  function select(viewer, id, ids) {
    const element = viewer.get("elementRegistry").get(id);
    const selection = viewer.get("selection", false);
    if (element && selection) selection.select(element);
    if (ids && ids.length) frame(viewer, ids.concat([id]));
    else if (element) viewer.get("canvas").scrollToElement(element, { top: 80, right: 80, bottom: 80, left: 80 });
  }

  // draws the file of `root`; gives {viewer, words} when the picture is there
  async function open(root, Kind, modules) {
    const words = JSON.parse(root.dataset.words);
    const area = root.querySelector("[data-canvas]");
    const viewer = new Kind(options(area, words, modules));
    if (root.dataset.lang === "en" && !root.dataset.edit) speakEnglish(viewer);
    const answer = await fetch(root.dataset.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    await viewer.importXML(await answer.text());
    tools(root, viewer, words);
    first(viewer, root);
    fingers(root, viewer);
    return { root: root, viewer: viewer, words: words };
  }

  function failed(root) {
    const area = root.querySelector("[data-canvas]");
    const note = document.createElement("p");
    note.className = "xn-note xn-note-warning";
    note.textContent = JSON.parse(root.dataset.words)["xn.failed"];
    area.replaceChildren(note);
  }

  return { open: open, failed: failed, path: path, frame: frame, badge: badge, unmark: unmark, findings: findings, select: select, FACTS: FACTS };
})();

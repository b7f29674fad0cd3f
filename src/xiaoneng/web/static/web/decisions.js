// The editor of a decision table. The table lives in `grid` (the same shape as the server's); every change of it is
// drawn again, so that taking back is putting an older one in its place.
(function () {
  "use strict";
  document.addEventListener("click", mark);
  const tab = document.querySelector(".xn-tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
  const form = document.getElementById("grid-form");
  if (!form) return;
  const holder = document.getElementById("grid");
  const words = JSON.parse(form.dataset.words);
  const field = document.getElementById("grid-json");
  const undoButton = document.getElementById("undo");
  const state = document.getElementById("save-state");
  const live = document.getElementById("xn-live");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const UNDO = 200;
  let grid = JSON.parse(field.value);
  let past = [];
  let dirty = false;
  const waiting = new Map();

  // a finding leads to its rules, here and on pages where the table is only read
  function mark(event) {
    const button = event.target.closest("[data-xn-rules]");
    if (!button) return;
    const numbers = button.dataset.xnRules.split(",");
    document.querySelectorAll(".xn-marked").forEach(function (row) { row.classList.remove("xn-marked"); });
    let first = null;
    document.querySelectorAll("tr[data-rule]").forEach(function (row) {
      const region = row.closest("[role=region]");
      const same = !region || !button.dataset.xnTable || region.getAttribute("aria-label") === button.dataset.xnTable;
      if (!same || numbers.indexOf(row.dataset.rule) < 0) return;
      row.classList.add("xn-marked");
      first = first || row;
    });
    if (!first) return;
    first.scrollIntoView({ block: "center" });
    const target = first.querySelector("textarea");
    if (target) target.focus();
  }

  function say(text) { live.textContent = text; state.textContent = text; }

  function copy(value) { return JSON.parse(JSON.stringify(value)); }

  // remember how it was before a change
  function keep() {
    past.push(JSON.stringify(grid));
    if (past.length > UNDO) past.shift();
    undoButton.disabled = false;
  }

  function changed() {
    dirty = true;
    field.value = JSON.stringify(grid);
    say(words.unsaved);
    later("checks", 700, function () { send(form.dataset.checks, { grid: field.value }, "#checks"); });
  }

  function undo() {
    if (!past.length) return;
    const place = here();
    grid = JSON.parse(past.pop());
    undoButton.disabled = !past.length;
    draw();
    changed();
    say(words.undone);
    if (place) focus(place.row, place.column);
  }

  function later(key, delay, work) {
    clearTimeout(waiting.get(key));
    waiting.set(key, setTimeout(work, delay));
  }

  function send(address, values, target) {
    values.csrfmiddlewaretoken = token;
    window.htmx.ajax("POST", address, { values: values, target: target, swap: "innerHTML" });
  }

  // --- the columns in one line: conditions, results, remarks
  function columns() {
    const found = [];
    grid.inputs.forEach(function (c, i) { found.push({ part: "inputs", index: i, column: c, title: c.label || c.expression }); });
    grid.outputs.forEach(function (c, i) { found.push({ part: "outputs", index: i, column: c, title: c.label || c.name }); });
    grid.notes.forEach(function (c, i) { found.push({ part: "notes", index: i, column: c, title: c }); });
    return found;
  }

  function element(tag, attributes, text) {
    const made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function draw() {
    const table = element("table", { "class": "xn-sheet" });
    const all = columns();
    const kinds = element("tr");
    kinds.append(element("td", { "class": "xn-kind" }));
    [["inputs", words.conditions], ["outputs", words.results], ["notes", words.remarks]].forEach(function (kind) {
      const count = grid[kind[0]].length;
      if (count) kinds.append(element("th", { colspan: count, scope: "colgroup", "class": "xn-kind" + (kind[0] === "inputs" ? "" : " xn-first") }, kind[1]));
    });
    const heads = element("tr");
    heads.append(element("th", { scope: "col" }, words.rule));
    all.forEach(function (one) {
      const th = element("th", { scope: "col", "class": one.index === 0 && one.part !== "inputs" ? "xn-first" : "" });
      const button = element("button", { type: "button", "class": "xn-head-button", title: words.column }, one.title || "?");
      const detail = one.part === "inputs" ? one.column.expression : one.part === "outputs" ? one.column.name : "";
      if (detail && detail !== one.title) button.append(element("small", {}, detail));
      button.addEventListener("click", function () { setUp(one.part, one.index); });
      th.append(button);
      heads.append(th);
    });
    const head = element("thead");
    head.append(kinds, heads);
    const body = element("tbody");
    grid.rules.forEach(function (rule, row) { body.append(drawRule(rule, row, all)); });
    table.append(head, body);
    holder.replaceChildren(table);
    holder.querySelectorAll("textarea").forEach(fit);
    document.getElementById("policy").value = grid.policy;
    document.getElementById("aggregation").value = grid.aggregation;
    document.getElementById("aggregation-label").hidden = grid.policy !== "COLLECT";
  }

  function drawRule(rule, row, all) {
    const tr = element("tr", { "data-rule": row + 1 });
    const th = element("th", { scope: "row", "class": "xn-rowhead" }, String(row + 1));
    const tools = element("span", { "class": "xn-rowtools" });
    [["add", "+"], ["copy", "×2"], ["up", "↑"], ["down", "↓"], ["remove", "✕"]].forEach(function (tool) {
      const label = words[tool[0]] + " (" + words.rule + " " + (row + 1) + ")";
      const button = element("button", { type: "button", "aria-label": label, title: words[tool[0]], "data-mark": tool[1] });
      button.addEventListener("click", function () { ruleTools[tool[0]](row); });
      tools.append(button);
    });
    th.append(tools);
    tr.append(th);
    all.forEach(function (one, column) {
      const td = element("td", { "class": one.index === 0 && one.part !== "inputs" ? "xn-first" : "" });
      const id = "say-" + row + "-" + column;
      const area = element("textarea", { "class": "xn-cell" + (one.part === "notes" ? " xn-cell-note" : ""), rows: 1, maxlength: 4000, spellcheck: "false", "data-row": row, "data-column": column, "aria-label": words.rule + " " + (row + 1) + ", " + one.title, "aria-describedby": id });
      area.value = rule[one.part][one.index];
      td.append(area, element("div", { "class": "xn-say", id: id }));
      tr.append(td);
    });
    return tr;
  }

  function fit(area) {
    if (window.CSS && CSS.supports("field-sizing", "content")) return;
    area.rows = Math.min(12, Math.max(area.value.split("\n").length, Math.ceil(area.value.length / 18)));
  }

  function here() {
    const area = document.activeElement;
    if (!area || !area.matches(".xn-cell")) return null;
    return { area: area, row: Number(area.dataset.row), column: Number(area.dataset.column) };
  }

  function focus(row, column) {
    const area = holder.querySelector('[data-row="' + row + '"][data-column="' + column + '"]');
    if (area) { area.focus(); area.select(); }
    return Boolean(area);
  }

  // --- rules
  function emptyRule() {
    return { id: "", inputs: grid.inputs.map(function () { return "-"; }), outputs: grid.outputs.map(function () { return ""; }), notes: grid.notes.map(function () { return ""; }) };
  }

  function change(work, row) {
    const place = here();
    keep();
    work();
    draw();
    changed();
    focus(Math.min(row, grid.rules.length - 1), place ? place.column : 0);
  }

  const ruleTools = {
    add: function (row) { change(function () { grid.rules.splice(row + 1, 0, emptyRule()); }, row + 1); },
    copy: function (row) {
      change(function () { const made = copy(grid.rules[row]); made.id = ""; grid.rules.splice(row + 1, 0, made); }, row + 1);
    },
    up: function (row) { if (row > 0) change(function () { grid.rules.splice(row - 1, 0, grid.rules.splice(row, 1)[0]); }, row - 1); },
    down: function (row) { if (row < grid.rules.length - 1) change(function () { grid.rules.splice(row + 1, 0, grid.rules.splice(row, 1)[0]); }, row + 1); },
    remove: function (row) {
      change(function () { grid.rules.splice(row, 1); }, row);
      say(words.removed.replace("{n}", row + 1));
    }
  };

  // --- cells
  function put(row, column, text) {
    const one = columns()[column];
    grid.rules[row][one.part][one.index] = text;
  }

  let before = null;
  holder.addEventListener("focusin", function (event) {
    if (event.target.matches(".xn-cell")) before = { text: event.target.value, kept: false };
  });
  holder.addEventListener("input", function (event) {
    const area = event.target;
    if (!area.matches(".xn-cell")) return;
    if (before && !before.kept) { keep(); before.kept = true; }
    fit(area);
    put(Number(area.dataset.row), Number(area.dataset.column), area.value);
    changed();
    check(area);
  });

  function only() {
    const bare = copy(grid);
    bare.rules = [];
    return JSON.stringify(bare);
  }

  function check(area) {
    const one = columns()[Number(area.dataset.column)];
    if (one.part === "notes") return;
    const target = document.getElementById(area.getAttribute("aria-describedby"));
    later(area.getAttribute("aria-describedby"), 350, function () {
      if (!target.isConnected) return;
      send(form.dataset.cell, { part: one.part === "inputs" ? "input" : "output", column: one.index, text: area.value, grid: only() }, target);
    });
  }

  document.addEventListener("htmx:afterSwap", function (event) {
    const target = event.detail.target;
    if (target.matches(".xn-say")) {
      const area = holder.querySelector('[aria-describedby="' + target.id + '"]');
      if (area) area.setAttribute("aria-invalid", String(Boolean(target.querySelector(".xn-cell-error"))));
    }
    const panels = document.querySelector("[data-xn-fresh]");
    if (panels) {
      const saved = panels.dataset.xnFresh === "saved";
      panels.removeAttribute("data-xn-fresh");
      if (saved) {
        dirty = false;
        // the panels show the checks of what was saved: one of before would say that it is not
        clearTimeout(waiting.get("checks"));
        say(words.saved);
        document.querySelectorAll("form [name=revision]").forEach(function (input) { input.value = document.getElementById("revision").value; });
      }
    }
  });

  holder.addEventListener("keydown", function (event) {
    const place = here();
    if (!place || event.isComposing) return;
    const area = place.area, start = area.selectionStart, end = area.selectionEnd;
    const all = start === 0 && end === area.value.length;
    let row = place.row, column = place.column;
    if (event.key === "Enter" && event.altKey) {
      event.preventDefault();
      area.setRangeText("\n", start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") row += event.shiftKey ? -1 : 1;
    else if (event.key === "ArrowUp" && area.value.lastIndexOf("\n", start - 1) < 0) row -= 1;
    else if (event.key === "ArrowDown" && area.value.indexOf("\n", end) < 0) row += 1;
    else if (event.key === "ArrowLeft" && !event.shiftKey && (all || (start === 0 && end === 0))) column -= 1;
    else if (event.key === "ArrowRight" && !event.shiftKey && (all || (start === area.value.length))) column += 1;
    else return;
    event.preventDefault();
    if (event.key === "Enter" && row === grid.rules.length) { ruleTools.add(row - 1); focus(row, column); return; }
    focus(row, column);
  });

  document.addEventListener("keydown", function (event) {
    const undoing = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!undoing || document.querySelector("dialog[open]")) return;
    const at = document.activeElement;
    if (at && at.matches("input, textarea:not(.xn-cell)")) return;
    event.preventDefault();
    undo();
    before = at && at.matches(".xn-cell") ? { kept: false } : null;
  });

  // cells from a spreadsheet: tabs between columns, lines between rules, quotation marks around line breaks
  function parse(text) {
    const rows = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i += 1) {
      const c = text[i], row = rows[rows.length - 1];
      if (quoted) {
        if (c === '"' && text[i + 1] === '"') { row[row.length - 1] += '"'; i += 1; }
        else if (c === '"') quoted = false;
        else row[row.length - 1] += c;
      } else if (c === '"' && row[row.length - 1] === "" && spreadsheetQuote(text, i)) quoted = true;
      else if (c === "\t") row.push("");
      else if (c === "\n") rows.push([""]);
      else if (c !== "\r") row[row.length - 1] += c;
    }
    if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
    return rows;
  }

  // a FEEL text has quotation marks of its own: a spreadsheet's are doubled inside, or enclose a line break or tab
  function spreadsheetQuote(text, at) {
    let i = at + 1, odd = false;
    for (; i < text.length; i += 1) {
      if (text[i] === '"') { if (text[i + 1] === '"') { odd = true; i += 1; } else break; }
      else if (text[i] === "\n" || text[i] === "\t") odd = true;
    }
    return i < text.length && odd && (i + 1 === text.length || "\t\r\n".indexOf(text[i + 1]) >= 0);
  }

  holder.addEventListener("paste", function (event) {
    const place = here();
    const text = event.clipboardData.getData("text/plain");
    if (!place || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const rows = parse(text);
    const width = columns().length;
    let count = 0;
    keep();
    rows.forEach(function (cells, dy) {
      const row = place.row + dy;
      while (grid.rules.length <= row) grid.rules.push(emptyRule());
      cells.forEach(function (cell, dx) {
        if (place.column + dx < width) { put(row, place.column + dx, cell.trim()); count += 1; }
      });
    });
    draw();
    changed();
    say(words.pasted.replace("{n}", count));
    focus(place.row, place.column);
    holder.querySelectorAll(".xn-cell").forEach(function (area) {
      const row = Number(area.dataset.row), column = Number(area.dataset.column);
      const pasted = row >= place.row && row < place.row + rows.length && column >= place.column;
      if (pasted && rows.length * width <= 60) check(area);
    });
  });

  // --- columns
  const dialog = document.getElementById("column-dialog");
  const columnForm = document.getElementById("column-form");
  const KEYS = { inputs: ["label", "en", "expression", "type", "values", "basis", "reach", "how", "values_en", "basis_en", "how_en"], outputs: ["label", "en", "name", "type", "values", "default", "values_en"] };
  let edited = null;

  function box(name) { return document.getElementById("c-" + name); }

  function setUp(part, index) {
    edited = { part: part, index: index };
    const column = grid[part][index];
    columnForm.querySelectorAll("[data-of]").forEach(function (row) { row.hidden = row.dataset.of.split(" ").indexOf(part.slice(0, -1)) < 0; });
    ["expression", "values", "default"].forEach(function (n) { document.getElementById("c-" + n + "-say").replaceChildren(); });
    if (part === "notes") box("label").value = column;
    else KEYS[part].forEach(function (name) {
      if (name === "type" && !Array.from(box("type").options).some(function (o) { return o.value === column.type; })) box("type").append(element("option", { value: column.type }, column.type));
      box(name).value = column[name];
    });
    if (part === "inputs") box("change").value = column.fixed ? "fixed" : column.grows ? "grows" : "";
    dialog.showModal();
  }

  function wanted() {
    const made = copy(grid[edited.part][edited.index]);
    KEYS[edited.part].forEach(function (name) { made[name] = box(name).value.trim(); });
    if (edited.part === "inputs") {
      made.fixed = box("change").value === "fixed";
      made.grows = box("change").value === "grows";
    }
    return made;
  }

  columnForm.addEventListener("input", function (event) {
    const name = event.target.id.slice(2);
    if (["expression", "values", "default"].indexOf(name) < 0) return;
    later("column", 350, function () {
      if (!dialog.open) return;
      const bare = copy(grid);
      bare.rules = [];
      bare[edited.part][edited.index] = wanted();
      const part = name === "values" && edited.part === "outputs" ? "result-values" : name;
      send(form.dataset.cell, { part: part, column: edited.index, text: event.target.value, grid: JSON.stringify(bare) }, "#c-" + name + "-say");
    });
  });

  columnForm.addEventListener("submit", function () {
    keep();
    grid[edited.part][edited.index] = edited.part === "notes" ? box("label").value.trim() : wanted();
    draw();
    changed();
  });

  document.getElementById("c-remove").addEventListener("click", function () {
    if (edited.part === "outputs" && grid.outputs.length === 1) { say(words.last); return; }
    keep();
    grid[edited.part].splice(edited.index, 1);
    grid.rules.forEach(function (rule) { rule[edited.part].splice(edited.index, 1); });
    dialog.close();
    draw();
    changed();
  });

  function addColumn(part, column, text) {
    keep();
    grid[part].push(column);
    grid.rules.forEach(function (rule) { rule[part].push(text); });
    draw();
    changed();
    setUp(part, grid[part].length - 1);
  }

  document.getElementById("add-rule").addEventListener("click", function () { ruleTools.add(grid.rules.length - 1); });
  document.getElementById("add-input").addEventListener("click", function () { addColumn("inputs", { id: "", label: "", en: "", expression: "", type: "string", values: "", basis: "", reach: "", how: "", values_en: "", basis_en: "", how_en: "", fixed: false, grows: false }, "-"); });
  document.getElementById("add-output").addEventListener("click", function () { addColumn("outputs", { id: "", label: "", en: "", name: "", type: "string", values: "", "default": "", values_en: "" }, ""); });
  document.getElementById("add-note").addEventListener("click", function () { addColumn("notes", words.new_note, ""); });
  undoButton.addEventListener("click", undo);
  document.getElementById("policy").addEventListener("change", function (event) {
    keep();
    grid.policy = event.target.value;
    if (grid.policy !== "COLLECT") grid.aggregation = "";
    draw();
    changed();
  });
  document.getElementById("aggregation").addEventListener("change", function (event) { keep(); grid.aggregation = event.target.value; changed(); });
  window.addEventListener("beforeunload", function (event) { if (dirty) { event.preventDefault(); event.returnValue = words.left; } });
  form.addEventListener("submit", function () { field.value = JSON.stringify(grid); });
  draw();
})();

// The editor: what is drawn is checked after a moment, saved when asked, never lost silently.
(function () {
  "use strict";
  const drawing = window.xnDiagram;
  const root = document.querySelector("[data-xn-picture][data-edit]");
  const form = document.getElementById("model-form");
  if (!root || !form) return;
  const state = document.getElementById("save-state");
  const list = document.getElementById("checks");
  const undo = document.getElementById("undo");
  const redo = document.getElementById("redo");
  const live = document.getElementById("xn-live");
  const WAIT = 600;
  let dirty = false;
  let asked = 0;
  let changes = 0;
  let timer = 0;

  // icons that bring inline styles are refused by the page's policy: these are the same drawn with attributes
  function icon(parts) {
    return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round">' + parts + "</svg>";
  }
  function bars(a, b, line) { return icon('<rect x="' + a[0] + '" y="' + a[1] + '" width="' + a[2] + '" height="' + a[3] + '"/><rect x="' + b[0] + '" y="' + b[1] + '" width="' + b[2] + '" height="' + b[3] + '" fill="currentColor"/>' + '<path d="' + line + '"/>'); }
  const ALIGN = {
    align: bars([6, 3, 14, 7], [6, 14, 9, 7], "M3 2v20"), left: bars([6, 3, 14, 7], [6, 14, 9, 7], "M3 2v20"), right: bars([4, 3, 14, 7], [9, 14, 9, 7], "M21 2v20"),
    center: bars([5, 3, 14, 7], [7, 14, 10, 7], "M12 1v22"), top: bars([3, 6, 7, 14], [14, 6, 7, 9], "M2 3h20"),
    bottom: bars([3, 4, 7, 14], [14, 9, 7, 9], "M2 21h20"), middle: bars([3, 5, 7, 14], [14, 7, 7, 10], "M1 12h22"),
  };
  const DISTRIBUTE = { horizontal: bars([3, 5, 5, 14], [14, 7, 5, 10], "M11 2v20"), vertical: bars([5, 3, 14, 5], [7, 14, 10, 5], "M2 11h20") };
  const modules = [{ alignElementsIcons: ["value", ALIGN], distributeElementsIcons: ["value", DISTRIBUTE] }];

  drawing.open(root, window.BpmnJS, modules).then(start).catch(function (error) { drawing.failed(root); console.warn(String(error)); });

  function start(one) {
    const modeler = one.viewer;
    const words = one.words;
    const stack = modeler.get("commandStack");
    const panel = window.xnPanel(modeler, words);
    drawing.findings(modeler, list, words);

    function say(text) { state.textContent = text; live.textContent = text; }

    async function sent(address, more) {
      const data = new FormData();
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      const xml = (await modeler.saveXML({ format: true })).xml;
      data.append("file", new Blob([xml], { type: "application/xml" }), "draft.bpmn");
      Object.keys(more).forEach(function (name) { data.append(name, more[name]); });
      const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin" });
      const told = JSON.parse(answer.headers.get("X-Xn-Checked") || "null");
      if (!told) throw new Error(answer.redirected ? "signed out" : String(answer.status));
      return { told: told, html: await answer.text() };
    }

    function put(answer) {
      list.innerHTML = answer.html;
      drawing.findings(modeler, list, words);
    }

    async function check() {
      const turn = asked += 1;
      state.textContent = words["xn.checking"];
      try {
        const answer = await sent(form.dataset.checks, {});
        if (turn === asked) { put(answer); state.textContent = words["xn.unsaved"]; }
      } catch (error) { if (turn === asked) state.textContent = words["xn.unsaved"]; }
    }

    async function save() {
      clearTimeout(timer);
      panel.commit();
      const turn = asked += 1;
      const before = changes;
      try {
        const answer = await sent(form.action, { revision: form.elements.revision.value, note: form.elements.note.value });
        if (turn === asked || !answer.told.problem) put(answer);
        if (answer.told.problem) { say(words["xn.unsaved"]); list.scrollIntoView({ block: "nearest" }); return; }
        form.elements.revision.value = answer.told.revision;
        document.querySelectorAll("[data-xn-revision]").forEach(function (field) { field.value = answer.told.revision; });
        dirty = changes !== before;
        say(words[dirty ? "xn.unsaved" : "xn.saved"]);
      } catch (error) { say(words[error.message === "signed out" ? "xn.signedout" : "xn.offline"]); }
    }

    function changed() {
      undo.disabled = !stack.canUndo();
      redo.disabled = !stack.canRedo();
      dirty = true;
      changes += 1;
      drawing.path(modeler, []);
      clearTimeout(timer);
      timer = setTimeout(check, WAIT);
    }

    modeler.on("commandStack.changed", changed);
    undo.addEventListener("click", function () { stack.undo(); });
    redo.addEventListener("click", function () { stack.redo(); });
    form.addEventListener("submit", function (event) { event.preventDefault(); save(); });
    form.elements.note.addEventListener("input", function () { dirty = true; changes += 1; state.textContent = words["xn.unsaved"]; });
    // Enter in a one-line field takes its value over and does not save
    document.getElementById("panel").addEventListener("keydown", function (event) {
      if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); event.target.blur(); event.target.focus(); }
    });
    document.addEventListener("keydown", function (event) {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); save(); }
    });
    document.addEventListener("click", function (event) {
      const button = event.target.closest("[data-xn-show]");
      if (!button) return;
      const path = (button.dataset.xnPath || "").split(" ").filter(Boolean);
      const marked = drawing.path(modeler, path.length ? path.concat([button.dataset.xnShow]) : path);
      if (path.length) live.textContent = words["xn.path"].replace("{n}", marked);
      drawing.select(modeler, button.dataset.xnShow, path);
      root.scrollIntoView({ block: "nearest" });
    });
    window.addEventListener("beforeunload", function (event) { if (dirty && !form.dataset.leaving) event.preventDefault(); });
    document.querySelectorAll("form").forEach(function (other) {
      if (other !== form) other.addEventListener("submit", function () { form.dataset.leaving = "yes"; });
    });
    root.dataset.ready = "yes";
  }
})();

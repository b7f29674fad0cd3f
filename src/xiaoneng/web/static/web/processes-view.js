// Reading a process: an element chosen in the picture or in a list shows its facts; findings show their path.
(function () {
  "use strict";
  const drawing = window.xnDiagram;
  const pictures = Array.from(document.querySelectorAll("[data-xn-picture]:not([data-edit])"));
  if (!pictures.length) return;
  const live = document.getElementById("xn-live");
  const place = document.querySelector("[data-xn-facts-here]");
  const opened = [];
  let moving = false;

  function facts(id) {
    document.querySelectorAll("tr.xn-marked").forEach(function (row) { row.classList.remove("xn-marked"); });
    const row = document.querySelector('tr[data-element="' + CSS.escape(id) + '"]');
    if (row) row.classList.add("xn-marked");
    const template = document.querySelector('template[data-facts="' + CSS.escape(id) + '"]');
    if (place && template) place.replaceChildren(template.content.cloneNode(true));
  }

  function chosen(event) {
    if (event.newSelection.length !== 1) return;
    const element = event.newSelection[0];
    const subject = element.labelTarget || element;
    opened.forEach(function (one) {
      drawing.unmark(one.viewer, "xn-here");
      if (one.viewer.get("elementRegistry").get(subject.id)) one.viewer.get("canvas").addMarker(subject.id, "xn-here");
    });
    // a line tells about the element that it leaves: there its condition stands
    facts(subject.source ? subject.source.id : subject.id);
  }

  function show(event) {
    const button = event.target.closest("[data-xn-show]");
    if (!button) return;
    const path = (button.dataset.xnPath || "").split(" ").filter(Boolean);
    opened.forEach(function (one) {
      const marked = drawing.path(one.viewer, path.length ? path.concat([button.dataset.xnShow]) : path);
      if (path.length) live.textContent = one.words["xn.path"].replace("{n}", marked);
      drawing.select(one.viewer, button.dataset.xnShow, path);
    });
    facts(button.dataset.xnShow);
    const far = opened[0] && !button.closest("[data-xn-facts]");
    if (far) opened[0].root.scrollIntoView({ block: "nearest" });
  }

  // marks that the page asks for: {id: [class of the mark, text of the badge, title]}
  function marks(one) {
    const wanted = JSON.parse(one.root.dataset.marks || "{}");
    const registry = one.viewer.get("elementRegistry");
    Object.keys(wanted).forEach(function (id) {
      if (!registry.get(id)) return;
      const mark = wanted[id];
      one.viewer.get("canvas").addMarker(id, mark[0]);
      if (mark[1]) drawing.badge(one.viewer, id, mark[3] || mark[0].replace("xn-", ""), mark[1], mark[2]);
    });
    // a running case is looked at where it is
    const here = Object.keys(wanted).find(function (id) { return wanted[id][0] === "xn-live" && registry.get(id); });
    if (here) one.viewer.get("canvas").scrollToElement(here, 120);
  }

  // two pictures side by side are looked at in the same place
  function together(one) {
    one.viewer.on("canvas.viewbox.changed", function (event) {
      if (moving) return;
      moving = true;
      opened.forEach(function (other) {
        if (other === one) return;
        const box = event.viewbox;
        other.viewer.get("canvas").viewbox({ x: box.x, y: box.y, width: box.width, height: box.height });
      });
      moving = false;
    });
  }

  function firstMarks(one) {
    const ids = Object.keys(JSON.parse(one.root.dataset.marks || "{}"));
    if (pictures.length > 1 && ids.length) drawing.frame(one.viewer, ids, 0.5);
  }

  pictures.forEach(function (root) {
    drawing.open(root, window.BpmnJS).then(function (one) {
      opened.push(one);
      one.viewer.on("selection.changed", chosen);
      drawing.findings(one.viewer, document.querySelector(".xn-findings"), one.words);
      marks(one);
      together(one);
      if (opened.length === pictures.length) firstMarks(opened[opened.length - 1]);
      root.dataset.ready = "yes";
    }).catch(function (error) { drawing.failed(root); console.warn(String(error)); });
  });
  document.addEventListener("click", show);
})();

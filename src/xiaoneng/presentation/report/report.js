/* Conveniences only: the report says everything without them. */
(function () {
  "use strict";
  var root = document.documentElement, button = document.querySelector(".xr-theme");
  function dark() { return root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; }
  function name() { button.textContent = dark() ? button.dataset.light : button.dataset.dark; }
  if (button) {
    button.hidden = false; name();
    button.addEventListener("click", function () { root.dataset.bsTheme = dark() ? "light" : "dark"; name(); });
  }
  function key(cell) { return "sort" in cell.dataset ? parseFloat(cell.dataset.sort) : cell.textContent; }
  function compare(a, b) { return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), root.lang, { numeric: true }); }
  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      var sorter = document.createElement("button");
      sorter.type = "button"; sorter.textContent = head.textContent; head.textContent = ""; head.append(sorter);
      sorter.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "descending", body = table.tBodies[0];
        var rows = Array.from(body.rows).sort(function (a, b) { return (down ? 1 : -1) * compare(key(a.cells[column]), key(b.cells[column])); });
        table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "ascending" : "descending");
        body.append.apply(body, rows);
      });
    });
  });
  var tip = null;
  function hide() { if (tip) { tip.remove(); tip = null; } }
  function marked(node) {
    for (; node && node.nodeType === 1 && node.tagName.toLowerCase() !== "svg"; node = node.parentNode) {
      if (node.dataset && node.dataset.tip) { return node; }
      var title = node.firstElementChild;
      for (; title; title = title.nextElementSibling) { if (title.tagName === "title") { node.dataset.tip = title.textContent; title.remove(); return node; } }
      if (!node.closest("svg.xc")) { return null; }
    }
    return null;
  }
  document.addEventListener("pointermove", function (event) {
    var mark = marked(event.target);
    if (!mark) { hide(); return; }
    if (!tip) { tip = document.createElement("div"); tip.className = "xr-tip"; tip.setAttribute("aria-hidden", "true"); document.body.append(tip); }
    if (tip.textContent !== mark.dataset.tip) { tip.textContent = mark.dataset.tip; }
    var box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18) + "px";
  }, { passive: true });
  document.addEventListener("pointerleave", hide);
  var links = {}, seen = new Map();
  document.querySelectorAll(".xr-nav a").forEach(function (link) { links[link.hash.slice(1)] = link; });
  if ("IntersectionObserver" in window) {
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { seen.set(entry.target.id, entry.isIntersecting); });
      var current = Array.from(document.querySelectorAll(".xr-section")).find(function (s) { return seen.get(s.id); });
      Object.values(links).forEach(function (link) { link.removeAttribute("aria-current"); });
      if (current && links[current.id]) { links[current.id].setAttribute("aria-current", "true"); }
    }, { rootMargin: "-10% 0px -70% 0px" });
    document.querySelectorAll(".xr-section").forEach(function (section) { watch.observe(section); });
  }
})();

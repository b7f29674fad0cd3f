// What pages need beyond HTML: theme switch without a reload, menus that close, dialogs, files that show their name.
(function () {
  "use strict";
  const root = document.documentElement;
  const YEAR = 31536000;

  function switchTheme(event) {
    const form = event.target.closest("[data-xn-theme-form]");
    if (!form) return;
    event.preventDefault();
    const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.dataset.xnTheme = theme;
    if (theme === "dark") root.setAttribute("data-bs-theme", "dark");
    else root.removeAttribute("data-bs-theme");
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "xn_theme=" + theme + "; path=/; max-age=" + YEAR + "; SameSite=Lax" + secure;
  }

  function closeMenus(event) {
    document.querySelectorAll("details.xn-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }

  function escapeMenus(event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.xn-menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  function dialogs(event) {
    const opener = event.target.closest("[data-xn-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.xnOpen);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
    }
    const closer = event.target.closest("[data-xn-close]");
    if (closer) closer.closest("dialog").close();
  }

  function chosenFile(event) {
    const input = event.target;
    if (!input.matches || !input.matches("[data-xn-file]")) return;
    const file = input.files[0];
    const target = document.getElementById(input.dataset.xnFile);
    if (target) target.textContent = file ? file.name : "";
    const name = document.getElementById(input.dataset.xnName);
    if (file && name && !name.value) name.value = file.name.replace(/\.(xes\.gz|csv\.gz|[^.]+)$/i, "");
  }

  function fill(event) {
    const button = event.target.closest("[data-xn-fill]");
    if (!button) return;
    const form = document.getElementById(button.dataset.xnFill);
    form.elements.username.value = button.dataset.username;
    form.elements.password.value = button.dataset.password;
    form.requestSubmit();
  }

  function submitOnChange(event) {
    const form = event.target.closest("form[data-xn-auto]");
    if (form && event.target.matches("select")) form.requestSubmit();
  }

  function print(event) {
    if (event.target.closest("[data-xn-print]")) window.print();
  }

  // an upload shows how far it is; without scripts the browser's own indicator does
  function upload(event) {
    const bar = document.querySelector("[data-xn-upload-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = Math.round(100 * event.detail.loaded / event.detail.total);
  }

  document.addEventListener("submit", switchTheme);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", escapeMenus);
  document.addEventListener("click", dialogs);
  document.addEventListener("change", chosenFile);
  document.addEventListener("click", fill);
  document.addEventListener("change", submitOnChange);
  document.addEventListener("click", print);
  document.addEventListener("htmx:xhr:progress", upload);
})();

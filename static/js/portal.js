// Comforts only; every page works without this file.
(() => {
  "use strict";
  const HOLD = 5000;
  const say = (text) => { document.getElementById("live").textContent = text; };

  // A second press within five seconds is the same press. The button is disabled once the form's data are
  // taken, its own value too.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "get") return;
    form.dataset.sent = "1";
    const button = event.submitter;
    setTimeout(() => { if (button) button.disabled = true; });
    setTimeout(() => release(form, button), HOLD);
  });
  const release = (form, button) => {
    delete form.dataset.sent;
    if (button) button.disabled = false;
  };
  // A page that comes back from the browser's memory has its buttons back.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) {
      delete form.dataset.sent;
      for (const button of form.elements) if (button.type === "submit") button.disabled = false;
    }
  });

  // Only a browser that can copy is offered to.
  for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      say(button.dataset.copied);
      button.firstChild.data = button.dataset.copied;
    });
  }

  // Several that are ticked add up; another amount can be named of one alone.
  const sum = document.querySelector("[data-sum]");
  const part = document.querySelector("[data-part]");
  const add = (event) => {
    const ticked = [...document.querySelectorAll("[name=bill]:checked")];
    const total = ticked.reduce((all, box) => all + +box.dataset.amount, 0);
    const unit = ticked[0]?.dataset.unit;
    if (part) part.hidden = part.disabled = ticked.some((box) => !box.dataset.parts || ticked[1]);
    if (!sum) return;
    sum.hidden = !ticked[1] || ticked.some((box) => box.dataset.unit !== unit);
    if (sum.hidden) return;
    const places = { minimumFractionDigits: unit === "TSh" ? 0 : 2 };
    sum.lastElementChild.textContent = unit + " " + total.toLocaleString("en", places);
    if (event) say(sum.textContent);
  };
  add();
  document.addEventListener("change", add);
  // Going back, a browser ticks again what was ticked.
  addEventListener("pageshow", () => add());

  // Nobody looks at a hidden tab: its polls wait. (htmx 2 and htmx 4 name the event differently.)
  for (const name of ["htmx:beforeRequest", "htmx:before:request"]) {
    document.addEventListener(name, (event) => {
      const every = (event.target.getAttribute("hx-trigger") || "").startsWith("every");
      if (every && document.hidden) event.preventDefault();
    });
  }

  // A poll that fails says one line and changes nothing else.
  const slow = (shown) => {
    const line = document.querySelector("[data-slow]");
    if (!line || line.hidden !== shown) return;
    line.hidden = !shown;
    if (shown) say(line.textContent);
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:error"]) {
    document.addEventListener(name, () => slow(true));
  }
  for (const name of ["htmx:afterOnLoad", "htmx:after:request"]) {
    document.addEventListener(name, (event) => { if (event.detail?.successful !== false) slow(false); });
  }

  // A card that is replaced under the reader's focus hands it on to its heading; focus elsewhere is left alone.
  let inside = false;
  for (const name of ["htmx:beforeSwap", "htmx:before:swap"]) {
    document.addEventListener(name, () => { inside = !!document.activeElement.closest("#status"); });
  }
  for (const name of ["htmx:afterSwap", "htmx:after:swap"]) {
    document.addEventListener(name, () => {
      if (inside && document.activeElement === document.body) document.querySelector("#status [tabindex]")?.focus();
      inside = false;
    });
  }
})();

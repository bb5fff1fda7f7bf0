// What no page needs to work: a form is sent once, and what went wrong is read first.
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("download" in form.dataset) { form.dispatchEvent(new Event("downloading", { bubbles: true })); return; }
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) { delete form.dataset.sent; }
});
document.addEventListener("DOMContentLoaded", () => {
  const problems = document.getElementById("problems");
  if (problems) { problems.tabIndex = -1; }
  (problems || document.querySelector("[data-first]"))?.focus();
});

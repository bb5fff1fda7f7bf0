// What the upload form does not need to work: dropping a file, the progress of sending it, and a size told beforehand.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-upload]");
  if (!form) { return; }
  const input = form.elements.file, drop = form.querySelector(".drop"), wrong = form.querySelector("[data-wrong]");
  const sending = form.querySelector("[data-sending]"), bar = sending.querySelector("progress");
  const button = form.querySelector("button[type=submit]");
  let isSending = false;

  const tell = (text) => {
    isSending = false;
    delete form.dataset.sent;
    sending.hidden = true;
    wrong.textContent = text;
    wrong.hidden = !text;
    if (text) { input.setAttribute("aria-invalid", "true"); input.focus(); } else { input.removeAttribute("aria-invalid"); }
  };
  const fault = () => {
    const file = input.files[0];
    if (!file) { return form.dataset.none; }
    return file.size > form.dataset.max * 1048576 ? form.dataset.tooLarge : "";
  };

  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; tell(fault()); button.focus(); }
  });
  input.addEventListener("change", () => tell(input.files.length ? fault() : ""));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isSending) { return; }
    tell(fault());
    if (!wrong.hidden) { event.stopPropagation(); return; }
    isSending = true;
    sending.hidden = false;
    bar.removeAttribute("value");
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) { bar.value = Math.round(100 * sent.loaded / sent.total); }
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      if (form.dataset.reading) { sending.querySelector("label").textContent = form.dataset.reading; }
    });
    for (const name of ["error", "abort", "timeout"]) {
      request.addEventListener(name, () => tell(form.dataset.lost));
    }
    request.addEventListener("load", () => {
      if (request.status === 200) { location.assign(request.responseURL); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) { tell(form.dataset.lost); return; }
      document.querySelector("main").replaceWith(main);
      document.title = page.title;
      document.dispatchEvent(new Event("DOMContentLoaded", { bubbles: true }));
      const problems = document.getElementById("problems");
      if (problems) { problems.tabIndex = -1; problems.focus(); }
    });
    request.open("POST", form.getAttribute("action") || location.pathname);
    request.setRequestHeader("Accept", "text/html");
    request.send(new FormData(form));
  });
});

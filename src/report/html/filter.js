"use strict";
const field = document.getElementById("filter");
const count = document.getElementById("count");
const files = Array.from(document.querySelectorAll("details.file"));
const parts = Array.from(document.querySelectorAll("section"));
field.hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const file of files) {
    const text = file.textContent.toLowerCase();
    file.hidden = !words.every((word) => text.includes(word));
    shown += file.hidden ? 0 : 1;
  }
  for (const part of parts) {
    part.hidden = words.length > 0 && !part.querySelector("details.file:not([hidden])");
  }
  count.textContent = words.length ? shown + " of " + files.length : "";
});

// Intake's own small helps; every page works without them.
"use strict";

// ---- text size: kept in this browser, applied by the shared script at every start -------------------
const sizes = document.querySelectorAll("input[name=size]");
for (const choice of sizes) {
  choice.checked = choice.value === (localStorage.getItem("huiyin-size") ?? "normal");
  choice.addEventListener("change", () => {
    localStorage.setItem("huiyin-size", choice.value);
    document.documentElement.dataset.size = choice.value;
  });
}

// ---- a visit keeps what this device's clock said when it was written down --------------------------
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector("[data-captured]");
  if (field && !field.value) field.value = new Date().toISOString();
}, true);

// ---- net bar: saving needs the network, so say when there is none ----------------------------------
const bar = document.querySelector("[data-net]");
const tell = () => {
  bar.toggleAttribute("data-offline", !navigator.onLine);
  bar.querySelector("[data-online]").hidden = !navigator.onLine;
  bar.querySelector("[data-away]").hidden = navigator.onLine;
};
if (bar) {
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
}

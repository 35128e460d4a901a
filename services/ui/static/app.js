// What pages gain when scripts run. Every page works without this file.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
const openDialog = () => $("dialog[open]");

// ---- buttons: busy while sending, never sent twice -------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (event.submitter?.formTarget === "_blank") return; // the answer opens elsewhere: this page stays as it is
  if (form.dataset.sending) { event.preventDefault(); return; }
  form.dataset.sending = "yes";
  (event.submitter ?? $("button[type=submit]", form))?.setAttribute("aria-busy", "true");
});
const release = (form) => {
  delete form.dataset.sending;
  $$("[aria-busy=true]", form).forEach((button) => button.removeAttribute("aria-busy"));
};
// The browser's back button shows the page as it was left, busy button included.
window.addEventListener("pageshow", (event) => { if (event.persisted) $$("form[data-sending]").forEach(release); });
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form[data-sending]");
  if (form) release(form);
});

// ---- focus: to the error summary, and never lost to <body> after a swap -----------------------------
const focusErrors = () => $("[data-focus]")?.focus();
document.addEventListener("htmx:after:swap", () => {
  if ($("[data-focus]")) focusErrors();
  else if (document.activeElement === document.body) $("#main")?.focus({ preventScroll: true });
});

// ---- dialogs ---------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) { document.getElementById(opener.dataset.dialog)?.showModal(); event.preventDefault(); }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-print]")) window.print();
  const step = event.target.closest("[data-step]");
  if (step) moveReplay(step.closest("[data-replay]"), Number(step.dataset.step));
  const play = event.target.closest("[data-play]");
  if (play) playReplay(play.closest("[data-replay]"));
  const recheck = event.target.closest("[data-recheck]");
  if (recheck) recheckProof(recheck);
});

// ---- keyboard (can be switched off: WCAG 2.1.4) -----------------------------------------------------
const keysOn = () => localStorage.getItem("huiyin-keys") !== "off";
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) localStorage.setItem("huiyin-keys", event.target.checked ? "on" : "off");
});
const rows = () => $$("[data-row]");
const here = () => rows().findIndex((row) => row.contains(document.activeElement));
const visit = (index) => $("[data-open]", rows()[Math.max(0, Math.min(index, rows().length - 1))] ?? document)?.focus();
let going = 0;

const KEYS = {
  "/": () => $("[data-search]"),
  "j": () => { visit(here() + 1); return true; },
  "k": () => { visit(Math.max(0, here() - 1)); return true; },
  "x": () => { const box = $("[data-select]", rows()[here()] ?? document.createElement("i")); box?.click(); return Boolean(box); },
  "e": () => { const act = $("[data-act], [data-main]", rows()[here()] ?? document.createElement("i")) ?? $("[data-main]"); act?.click(); return Boolean(act); },
  "g": () => { going = Date.now(); return true; },
  "?": () => { $("#keys")?.showModal(); return Boolean($("#keys")); },
};

// To the list as it was left, filter and place included, where one came from it.
const goBack = (link) => {
  if (!link) return;
  if (document.referrer.startsWith(link.href)) history.back(); else link.click();
};

document.addEventListener("keydown", (event) => {
  // Outside any field Ctrl+Enter sends the page's main form.
  const form = event.target.closest?.("form") ?? $("main [data-main]")?.closest("form");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && !openDialog()) {
    event.preventDefault();
    form.requestSubmit($("[data-main]", form) ?? undefined);
    return;
  }
  if (event.key === "Escape" && !openDialog()) {
    if (typing(event.target)) event.target.blur();
    else goBack($(".back, [data-back]"));
    return;
  }
  if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || openDialog()) return;
  if (Date.now() - going < 1500) {
    going = 0;
    const place = $(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) { event.preventDefault(); place.click(); return; }
  }
  const done = KEYS[event.key]?.();
  if (done instanceof HTMLElement) done.focus();
  if (done) event.preventDefault();
});

// ---- replay: the slider moves the page without leaving it ---------------------------------------------
const REDUCED = matchMedia("(prefers-reduced-motion: reduce)");
const PLAY_EVERY_MS = 900;
let playing = 0;
let asking = null;

const showAt = async (form, at) => {
  const last = Number(form.dataset.last);
  const url = new URL(form.action, location.href);
  if (at < last) url.searchParams.set("at", at);
  asking?.abort();
  asking = new AbortController();
  const target = form.dataset.target;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: asking.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !$(target, fresh)) { location.assign(url); return; }
    await htmx.swap({ sourceElement: form, target: $(target), swap: "outerMorph", text: $(target, fresh).outerHTML });
    history.replaceState(null, "", url);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
};
const moveReplay = (form, by) => {
  const slider = $("input[type=range]", form);
  const at = Math.max(1, Math.min(Number(form.dataset.last), Number(slider.value) + by));
  slider.value = at;
  showAt(form, at);
  return at;
};
const playReplay = (form) => {
  if (playing) { clearInterval(playing); playing = 0; return; }
  const slider = $("input[type=range]", form);
  if (slider.value === slider.max) slider.value = 1;
  if (REDUCED.matches) { moveReplay(form, 1); return; }
  playing = setInterval(() => {
    const now = $("[data-replay]");
    if (!now || moveReplay(now, 1) >= Number(now.dataset.last)) { clearInterval(playing); playing = 0; }
  }, PLAY_EVERY_MS);
};
let slide = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-replay]");
  if (!form) return;
  clearTimeout(slide);
  slide = setTimeout(() => showAt(form, Number(event.target.value)), 80);
});

// ---- live: say when the stream is up, ask again for what changed while the tab was hidden -----------------
document.addEventListener("htmx:sse:after:connection", (event) => {
  const live = event.target;
  if (live.dataset.seen) htmx.trigger(live, "changed", {});
  live.dataset.seen = live.dataset.on = "yes";
});
document.addEventListener("htmx:sse:error", (event) => delete event.target.dataset?.on);
document.addEventListener("changed", () => htmx.trigger(document.body, "refresh-badges", {}));

// ---- session: a warning before typed text could be lost -----------------------------------------------------
const WARN_BEFORE_MS = 5 * 60 * 1000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const ends = Number(document.documentElement.dataset.sessionEnds);
if (ends) setTimeout(() => $("#session")?.showModal(), Math.min(LONGEST_TIMER_MS, Math.max(0, ends * 1000 - Date.now() - WARN_BEFORE_MS)));

// ---- proof: the browser recomputes SHA-256 itself -------------------------------------------------------------
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// The proof holds records: [{version, payload (base64 of the exact bytes)}]. Each payload names the hash of the one
// before, so a changed record shows at its successor, and the last one at the tail. Answers the changed record, or 0.
const firstBreak = async (records, tail) => {
  let previous = "";
  for (let at = 1; at <= records.length; at += 1) {
    const payload = bytesOf(records[at - 1].payload);
    let stated;
    try { stated = JSON.parse(new TextDecoder().decode(payload)); } catch { return at; }
    if (stated.prev !== previous) return Math.max(1, at - 1);
    if (stated.streamversion !== at) return at;
    previous = hex(await crypto.subtle.digest("SHA-256", payload));
  }
  return tail && previous !== tail ? Math.max(1, records.length) : 0;
};
const recheckProof = async (button) => {
  const panel = button.closest("[data-proof]");
  const words = $("[data-proof-words]", panel);
  if (!window.isSecureContext || !crypto.subtle) { words.textContent = button.dataset.insecure; return; }
  button.setAttribute("aria-busy", "true");
  words.textContent = button.dataset.busy;
  try {
    const answer = await fetch(panel.dataset.proof, { headers: { Accept: "application/json" } });
    const proof = await answer.json();
    const broken = await firstBreak(proof.records, panel.dataset.tail);
    words.textContent = broken ? button.dataset.bad.replace("{at}", broken) : button.dataset.good.replace("{count}", proof.records.length);
    panel.classList.toggle("proof-ok", !broken);
    panel.classList.toggle("proof-broken", Boolean(broken));
    panel.dataset.rechecked = broken ? "bad" : "good";
  } catch {
    words.textContent = button.dataset.failed;
  } finally {
    button.removeAttribute("aria-busy");
  }
};

// ---- start ---------------------------------------------------------------------------------------------------
const size = localStorage.getItem("huiyin-size");
if (size) document.documentElement.dataset.size = size;
// On a phone the current tab may lie beyond the edge.
$(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
const keysSwitch = $("[data-keys-switch]");
if (keysSwitch) keysSwitch.checked = keysOn();
focusErrors();

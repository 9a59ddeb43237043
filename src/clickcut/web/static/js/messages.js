/** What the page tells: short notes that go away, errors that stay until they are read, and words for screen readers alone. */

import { byId, element, icon } from "./dom.js";

const NOTE_MS = 5000;

/** @param {string} text @param {"note" | "error"} [kind] */
export function tell(text, kind = "note") {
  const list = byId("toasts");
  const same = [...list.children].find((toast) => toast.dataset.text === text);
  same?.remove();
  const close = element("button", { type: "button", class: "icon-button small", "aria-label": "Close the message", onclick: () => toast.remove() }, icon("close"));
  const toast = element("div", { class: "toast", role: kind === "error" ? "alert" : "status", "data-kind": kind, "data-text": text }, element("p", {}, text), close);
  list.append(toast);
  while (list.children.length > 4) list.firstElementChild.remove();
  if (kind === "note") setTimeout(() => toast.remove(), NOTE_MS);
}

/** Reads a text to screen readers, when they have done with what they say. @param {string} text */
export function say(text) {
  byId("live").textContent = text;
}

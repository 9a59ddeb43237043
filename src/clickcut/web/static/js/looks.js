/** How things look: opacity, marks, outlines, colours, theme. The browser remembers it; the work does not depend on it. */

import { byId, set } from "./dom.js";
import { remember, remembered } from "./memory.js";

/** @typedef {{opacity: number, radius: number, outlines: boolean, colourBy: "class" | "object", preview: boolean}} Look */

/** @type {Look} */
const DEFAULTS = { opacity: 0.5, radius: 4, outlines: true, colourBy: "class", preview: false };

/** @returns {Look} */
export const rememberedLook = () => ({ ...DEFAULTS, ...remembered("look", {}) });

/** @param {(changes: Partial<Look>) => void} change */
export function connectLooks(change) {
  byId("opacity").addEventListener("input", (event) => change({ opacity: Number(event.target.value) }));
  byId("radius").addEventListener("input", (event) => change({ radius: Number(event.target.value) }));
  byId("outlines").addEventListener("change", (event) => change({ outlines: event.target.checked }));
  byId("preview").addEventListener("change", (event) => change({ preview: event.target.checked }));
  byId("colour-by").addEventListener("change", (event) => change({ colourBy: event.target.value }));
  for (const section of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.section"))) {
    section.open = remembered(`open.${section.id}`, section.open);
    section.addEventListener("toggle", () => remember(`open.${section.id}`, section.open));
  }
}

/** @param {Look} look */
export function showLook(look) {
  set(byId("opacity"), "value", String(look.opacity));
  set(byId("opacity-text"), "textContent", `${Math.round(look.opacity * 100)} %`);
  set(byId("radius"), "value", String(look.radius));
  set(byId("radius-text"), "textContent", String(look.radius));
  set(byId("outlines"), "checked", look.outlines);
  set(byId("preview"), "checked", look.preview);
  set(byId("colour-by"), "value", look.colourBy);
  remember("look", look);
}

export function otherTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light";
  remember("theme", root.dataset.theme);
}

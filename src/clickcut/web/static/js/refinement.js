/** How the network is asked: cascade, zoom-in, threshold and flip. The defaults are the measured best; a change redoes the object in progress. */

import { byId, element, set } from "./dom.js";

/** @typedef {import("./api.js").Settings} Settings */

/**
 * @typedef {{key: keyof Settings, label: string, help: string, kind: "number" | "switch" | "slider" | "size", least?: number, most?: number, step?: number,
 *   needs?: (settings: Settings) => boolean}} Control
 */
const zoomed = ({ zoom }) => zoom;
const cascading = ({ cascade_steps: steps }) => steps > 0;

/** @type {Control[]} */
const CONTROLS = [
  { key: "threshold", label: "Threshold", help: "Pixels above this probability belong to the object", kind: "slider", least: 0.01, most: 0.99, step: 0.01 },
  { key: "cascade_steps", label: "Cascade steps", help: "Further passes for the same clicks", kind: "number", least: 0, most: 100, step: 1 },
  { key: "adaptive", label: "Stop when settled", help: "End the cascade when a pass changes next to nothing", kind: "switch", needs: cascading },
  { key: "cascade_clicks", label: "On the first clicks", help: "How many clicks of an object get a cascade", kind: "number", least: 0, most: 1000, step: 1, needs: cascading },
  { key: "zoom", label: "Zoom-in", help: "The network looks at a crop about the object", kind: "switch" },
  { key: "zoom_expansion", label: "Room about the object", help: "How much larger than the object the crop is", kind: "number", least: 1, most: 4, step: 0.1, needs: zoomed },
  { key: "zoom_min_side", label: "Smallest crop", help: "Shortest side of a crop, in pixels of the image", kind: "number", least: 16, most: 4096, step: 1, needs: zoomed },
  { key: "zoom_skip_clicks", label: "Clicks before zoom-in", help: "So many clicks see the whole image; −1: none", kind: "number", least: -1, most: 100, step: 1, needs: zoomed },
  { key: "size", label: "Network's input", help: "Its side in pixels; empty is the network's own", kind: "size", least: 64, most: 4096, step: 1 },
  { key: "flip", label: "Flip", help: "Average the answer with that for the mirrored image", kind: "switch" },
];

/** @param {{settings: (changes: Partial<Settings>) => void, noOverlap: (on: boolean) => void, defaults: () => void}} wishes */
export function connectRefinement(wishes) {
  const overlap = switchField("no_overlap", "Keep objects apart", "No pixel belongs to two objects", (on) => wishes.noOverlap(on));
  const defaults = element("button", { type: "button", class: "button", id: "defaults", onclick: () => wishes.defaults() }, "Measured best");
  byId("refinement").append(...CONTROLS.map((control) => made(control, (value) => wishes.settings({ [control.key]: value }))), overlap, defaults);
}

/** @param {import("./app.js").State} state */
export function showRefinement({ shown, workspace }) {
  const settings = shown?.settings ?? workspace?.settings;
  if (!settings) return;
  for (const control of CONTROLS) {
    const input = byId(idOf(control.key));
    const disabled = control.needs ? !control.needs(settings) : false;
    set(input, "disabled", disabled);
    if (control.kind === "switch") set(input, "checked", settings[control.key]);
    else if (document.activeElement !== input) set(input, "value", settings[control.key] === null ? "" : String(settings[control.key]));
    if (control.kind === "slider") set(byId(`${idOf(control.key)}-text`), "textContent", Number(settings[control.key]).toFixed(2));
  }
  set(byId(idOf("no_overlap")), "checked", shown?.no_overlap ?? workspace.no_overlap);
  const changed = CONTROLS.filter(({ key }) => settings[key] !== workspace.defaults[key]).length;
  set(byId("refinement-changed"), "textContent", changed > 0 ? `${changed} changed` : "");
  set(byId("defaults"), "disabled", changed === 0);
}

const idOf = (key) => `setting-${key.replaceAll("_", "-")}`;

function made(control, wish) {
  if (control.kind === "switch") return switchField(control.key, control.label, control.help, wish);
  const id = idOf(control.key);
  const range = { id, min: String(control.least), max: String(control.most), step: String(control.step), title: control.help };
  if (control.kind === "slider") {
    const output = element("output", { id: `${id}-text`, for: id });
    const slider = element("input", { type: "range", ...range, onchange: (event) => wish(Number(event.target.value)) });
    slider.addEventListener("input", () => set(output, "textContent", Number(slider.value).toFixed(2)));
    return element("div", { class: "field" }, element("label", { for: id, title: control.help }, control.label), output, slider);
  }
  const input = element("input", { type: "number", class: "number", ...range, onchange: (event) => wish(numberOf(event.target, control)) });
  if (control.kind === "size") input.placeholder = "own";
  return element("div", { class: "field" }, element("label", { for: id, title: control.help }, control.label), input);
}

/** What was typed, within its bounds; nothing typed is null where that means something. */
function numberOf(input, { kind, least, most, step }) {
  if (input.value === "" && kind === "size") return null;
  const typed = Number(input.value) || 0;
  const value = Math.min(Math.max(step === 1 ? Math.round(typed) : typed, least), most);
  input.value = String(value);
  return value;
}

function switchField(key, label, help, wish) {
  const id = idOf(key);
  const input = element("input", { type: "checkbox", class: "switch", role: "switch", id, title: help, onchange: (event) => wish(event.target.checked) });
  return element("div", { class: "field" }, element("label", { for: id, title: help }, label), input);
}

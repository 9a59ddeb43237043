/** The object in progress: its class, its clicks, and what can be done with it. */

import { byId, element, keyed, set } from "./dom.js";
import { duration, num } from "./numbers.js";

/**
 * @typedef {import("./app.js").State} State
 * @typedef {{classChosen: (id: number) => void, clickRemoved: (index: number) => void, brushSized: (size: number) => void}} Wishes
 */

/** @param {Wishes} wishes */
export function connectPresent(wishes) {
  byId("present-class").addEventListener("change", (event) => wishes.classChosen(Number(event.target.value)));
  byId("brush-size").addEventListener("input", (event) => wishes.brushSized(Number(event.target.value)));
  byId("clicks").addEventListener("click", (event) => {
    const index = event.target.closest("button")?.dataset.index;
    if (index !== undefined) wishes.clickRemoved(Number(index));
  });
}

/** @param {State} state */
export function showPresent({ shown, workspace, mask, waiting, tool, brushSize }) {
  const draft = shown?.draft;
  const open = draft?.object_id ?? null;
  set(byId("present-title"), "textContent", open === null ? "New object" : `Object ${1 + shown.objects.findIndex(({ id }) => id === open)} again`);
  set(byId("present-facts"), "textContent", draft ? factsOf(draft, waiting.length) : "");
  showClasses(workspace?.classes ?? [], draft?.class_id);
  const begun = Boolean(mask) || waiting.length > 0;
  set(byId("finish"), "disabled", !begun);
  set(byId("part"), "disabled", !begun);
  set(byId("reset"), "disabled", !begun && !draft?.clicks.length && !draft?.num_strokes && !draft?.has_start && !draft?.num_parts);
  set(byId("undo"), "disabled", !shown?.can_undo && waiting.length === 0);
  set(byId("redo"), "disabled", !shown?.can_redo);
  set(byId("undo"), "title", shown?.undo_name ? `Undo: ${shown.undo_name} (Ctrl+Z)` : "Undo (Ctrl+Z)");
  set(byId("redo"), "title", shown?.redo_name ? `Redo: ${shown.redo_name} (Ctrl+Shift+Z)` : "Redo (Ctrl+Shift+Z)");
  showClicks(draft?.clicks ?? []);
  set(byId("brush-field"), "hidden", tool !== "brush" && tool !== "eraser");
  set(byId("brush-size"), "value", String(brushSize));
  set(byId("brush-size-text"), "textContent", `${brushSize} px`);
}

function factsOf(draft, waiting) {
  const facts = [];
  const clicks = draft.clicks.length;
  if (draft.num_parts > 0) facts.push(`${draft.num_parts + 1} parts`);
  if (clicks + waiting > 0) facts.push(clicks + waiting === 1 ? "1 click" : `${clicks + waiting} clicks`);
  if (draft.area > 0) facts.push(`${num(draft.area)} px`, duration(draft.seconds));
  return facts.join(" · ");
}

function showClasses(classes, chosen) {
  const select = byId("present-class");
  keyed(
    select,
    classes,
    ({ id }) => String(id),
    ({ id }) => element("option", { value: String(id) }),
    (option, { name }) => set(option, "textContent", name),
  );
  if (chosen !== undefined) set(select, "value", String(chosen));
  select.disabled = chosen === undefined;
}

function showClicks(clicks) {
  keyed(
    byId("clicks"),
    clicks.map((click, index) => ({ ...click, index })),
    ({ index, positive }) => `${index}${positive ? "+" : "-"}`,
    ({ index }) => element("li", {}, element("button", { type: "button", class: "chip", "data-index": index })),
    (item, { x, y, positive, index }) => {
      const button = item.querySelector("button");
      const what = positive ? "Include" : "Exclude";
      set(button, "textContent", `${positive ? "+" : "−"}${index + 1}`);
      button.dataset.sign = positive ? "include" : "exclude";
      button.setAttribute("aria-label", `Remove click ${index + 1}: ${what} at ${Math.round(x)}, ${Math.round(y)}`);
      set(button, "title", `${what} at ${Math.round(x)}, ${Math.round(y)}: click here to take it out`);
    },
  );
}

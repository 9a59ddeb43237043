/** What keys and buttons do, by the names that the table of shortcuts gives. */

import * as dialogs from "./dialogs.js";
import { byId } from "./dom.js";
import { openExport, openImport } from "./files.js";
import { otherTheme } from "./looks.js";
import { say, tell } from "./messages.js";
import { focusObject, renameObject } from "./objects.js";
import { neighbour } from "./photos.js";
import { actionOf } from "./shortcuts.js";

const TOOLS = ["include", "exclude", "brush", "eraser", "hand"];
const TOOL_WORDS = { include: "Include", exclude: "Exclude", brush: "Brush", eraser: "Eraser", hand: "Move the image" };
const WIDEST_BRUSH = 200;

/**
 * @param {ReturnType<typeof import("./state.js").createState<import("./app.js").State>>} state
 * @param {import("./page.js").Page} page @param {import("./viewing.js").Viewing} viewing
 * @returns {Record<string, (event?: KeyboardEvent) => unknown>}
 */
export function actionsOf(state, page, viewing) {
  const get = () => state.get();
  const begun = () => Boolean(get().mask) || get().waiting.length > 0;
  const toggle = (what) => () => state.change({ shows: { ...get().shows, [what]: !get().shows[what] } });
  const tool = (name) => () => {
    state.change({ tool: name, cursor: null, preview: null });
    viewing.toolChanged();
    say(TOOL_WORDS[name]);
  };
  const brush = (factor) => () => {
    const { brushSize } = get();
    const size = factor > 1 ? Math.max(brushSize + 1, Math.round(brushSize * factor)) : Math.min(brushSize - 1, Math.round(brushSize * factor));
    state.change({ brushSize: Math.min(Math.max(size, 1), WIDEST_BRUSH) });
  };
  const go = (step) => async () => {
    const { photo, filter } = get();
    if (!photo) return;
    const next = await neighbour(photo, step, filter).catch(() => null);
    if (next) await page.open(next);
    else tell(step > 0 ? "This is the last image." : "This is the first image.");
  };
  const selectedOne = () => (get().selected.length === 1 ? get().selected[0] : null);
  const onSelected = (act) => () => {
    const id = selectedOne();
    if (id !== null) act(id);
  };
  const walk = (step, extend) => () => {
    const { shown, selected } = get();
    const ids = (shown?.objects ?? []).map(({ id }) => id);
    if (ids.length === 0) return;
    const last = ids.indexOf(selected.at(-1));
    const id = ids[last < 0 ? (step > 0 ? 0 : ids.length - 1) : Math.min(Math.max(last + step, 0), ids.length - 1)];
    state.change({ selected: extend ? [...new Set([...selected, id])] : [id] });
    say(`Object ${ids.indexOf(id) + 1} of ${ids.length} selected`);
  };
  return {
    undo: () => (get().shown?.can_undo || get().waiting.length > 0) && page.change("POST", "undo"),
    redo: () => get().shown?.can_redo && page.change("POST", "redo"),
    finish: async () => {
      if (!begun()) return;
      const answer = await page.change("POST", "finish");
      if (answer) say(`Object finished. ${answer.objects?.length ?? 0} objects on this image.`);
    },
    part: () => begun() && page.change("POST", "part"),
    reset: () => page.change("POST", "reset"),
    cancel: () => {
      const draft = get().shown?.draft;
      if (get().selected.length > 0) state.change({ selected: [] });
      else if (draft && draft.object_id !== null) page.change("POST", "cancel");
    },
    ...Object.fromEntries(TOOLS.map((name) => [`tool-${name}`, tool(name)])),
    "brush-smaller": brush(1 / 1.25),
    "brush-larger": brush(1.25),
    "zoom-in": () => viewing.zoom(1.25),
    "zoom-out": () => viewing.zoom(1 / 1.25),
    fit: () => viewing.fit(),
    actual: () => viewing.actualSize(),
    "show-heat": toggle("heat"),
    "show-crop": toggle("crop"),
    "show-masks": toggle("masks"),
    preview: () => state.change({ look: { ...get().look, preview: !get().look.preview } }),
    class: (event) => {
      const chosen = get().workspace?.classes[Number(/[1-9]/.exec(event.code + event.key)?.[0]) - 1];
      if (!chosen) return;
      const id = selectedOne();
      if (id === null || begun()) page.change("PUT", "draft", { class_id: chosen.id });
      else page.change("PATCH", `objects/${id}`, { class_id: chosen.id });
      say(`Class ${chosen.name}`);
    },
    "object-next": walk(1, false),
    "object-previous": walk(-1, false),
    "object-extend-next": walk(1, true),
    "object-extend-previous": walk(-1, true),
    "object-reopen": onSelected((id) => page.change("POST", `objects/${id}/reopen`)),
    "object-hide": onSelected((id) => page.change("PATCH", `objects/${id}`, { hidden: !get().shown.objects.find((one) => one.id === id).hidden })),
    "object-rename": onSelected(renameObject),
    "object-delete": () => get().selected.forEach((id) => page.change("DELETE", `objects/${id}`, null)),
    "object-merge": () => get().selected.length > 1 && page.change("POST", "objects/merge", { ids: get().selected }),
    "focus-image": () => byId("surface").focus(),
    "focus-objects": () => {
      const id = selectedOne() ?? get().shown?.objects[0]?.id;
      if (id !== undefined) focusObject(id);
    },
    next: go(1),
    previous: go(-1),
    done: () => page.change("PUT", "done", { done: !get().shown?.done }),
    export: openExport,
    import: openImport,
    theme: otherTheme,
    help: () => dialogs.open("help-dialog"),
  };
}

/** @param {ReturnType<typeof actionsOf>} actions @param {(held: boolean) => void} holdSpace */
export function connectActions(actions, holdSpace) {
  for (const name of Object.keys(actions)) document.getElementById(name)?.addEventListener("click", () => actions[name]());
  addEventListener("keydown", (event) => {
    if (dialogs.anyOpen() || isTyping(event)) return;
    if (event.key === " " && !isControl(event.target)) {
      event.preventDefault();
      if (!event.repeat) holdSpace(true);
      return;
    }
    const name = actionOf(event);
    if (!name) return;
    event.preventDefault();
    actions[name](event);
  });
  addEventListener("keyup", (event) => event.key === " " && holdSpace(false));
  addEventListener("blur", () => holdSpace(false));
}

/** Keys that a field needs for itself. */
function isTyping({ target, key }) {
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  if (["range", "checkbox", "radio", "color"].includes(target.type)) return key.length > 1 && key !== "Escape";
  return true;
}

const isControl = (target) => target instanceof HTMLElement && target.closest("button, input, select, summary, a") !== null;

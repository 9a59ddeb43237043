/** All keys and what the mouse does, in one table: it drives the keyboard and fills the sheet of shortcuts. */

import { element } from "./dom.js";

/**
 * @typedef {{action: string, keys: string[], text: string, shown?: string}} Shortcut `keys` as `Ctrl+Shift+Z`; `shown` in place of the keys
 * @typedef {{title: string, shortcuts: Shortcut[]}} Group
 */

/** @type {Group[]} */
export const GROUPS = [
  {
    title: "Clicking",
    shortcuts: [
      { action: "", keys: [], shown: "Left click", text: "Include" },
      { action: "", keys: [], shown: "Right click, Alt + click, Ctrl + click, long touch", text: "Exclude" },
      { action: "undo", keys: ["Ctrl+Z"], text: "Undo" },
      { action: "redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], text: "Redo" },
      { action: "finish", keys: ["F"], text: "Finish the object" },
      { action: "part", keys: ["A"], text: "Keep this part, go on with another" },
      { action: "reset", keys: ["R"], text: "Drop the object's clicks" },
      { action: "cancel", keys: ["Escape"], text: "Select nothing; leave a reopened object as it was" },
    ],
  },
  {
    title: "Without a mouse",
    shortcuts: [
      { action: "", keys: [], shown: "Arrow keys", text: "Move the cursor on the image" },
      { action: "", keys: [], shown: "Shift + arrow keys", text: "Move it by one pixel" },
      { action: "", keys: [], shown: "Enter", text: "Include, or paint, at the cursor" },
      { action: "", keys: [], shown: "Shift + Enter", text: "Exclude, or erase, at the cursor" },
      { action: "focus-image", keys: ["I"], text: "Go to the image" },
      { action: "focus-objects", keys: ["O"], text: "Go to the list of objects" },
    ],
  },
  {
    title: "Tools",
    shortcuts: [
      { action: "tool-include", keys: ["C"], text: "Include" },
      { action: "tool-exclude", keys: ["N"], text: "Exclude" },
      { action: "tool-brush", keys: ["B"], text: "Brush" },
      { action: "tool-eraser", keys: ["E"], text: "Eraser" },
      { action: "tool-hand", keys: ["H"], text: "Move the image" },
      { action: "brush-smaller", keys: ["["], text: "Smaller brush" },
      { action: "brush-larger", keys: ["]"], text: "Larger brush" },
    ],
  },
  {
    title: "Looking",
    shortcuts: [
      { action: "", keys: [], shown: "Wheel, pinch", text: "Zoom about the pointer" },
      { action: "", keys: [], shown: "Drag, Space + drag", text: "Move the image" },
      { action: "zoom-in", keys: ["+", "="], text: "Zoom in" },
      { action: "zoom-out", keys: ["-"], text: "Zoom out" },
      { action: "fit", keys: ["0"], text: "Fit to the window" },
      { action: "actual", keys: ["Shift+0"], text: "Actual size" },
      { action: "", keys: [], shown: "Ctrl + arrow keys", text: "Move the image" },
      { action: "show-heat", keys: ["M"], text: "Probabilities" },
      { action: "show-crop", keys: ["X"], text: "Crop that the network sees" },
      { action: "show-masks", keys: ["V"], text: "Masks" },
      { action: "preview", keys: ["P"], text: "Preview under the pointer" },
    ],
  },
  {
    title: "Objects and classes",
    shortcuts: [
      { action: "class", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 to 9", text: "Class of the object" },
      { action: "object-next", keys: ["J"], text: "Select the next object" },
      { action: "object-previous", keys: ["K"], text: "Select the previous object" },
      { action: "object-extend-next", keys: ["Shift+J"], text: "Select the next one too" },
      { action: "object-extend-previous", keys: ["Shift+K"], text: "Select the previous one too" },
      { action: "object-merge", keys: ["Shift+M"], text: "Merge the selected objects" },
      { action: "object-reopen", keys: ["G"], text: "Go on with the selected object" },
      { action: "object-hide", keys: ["Shift+H"], text: "Hide or show the selected object" },
      { action: "object-rename", keys: ["F2"], text: "Rename the selected object" },
      { action: "object-delete", keys: ["Delete"], text: "Delete the selected object" },
    ],
  },
  {
    title: "Images and files",
    shortcuts: [
      { action: "next", keys: ["PageDown", "."], text: "Next image" },
      { action: "previous", keys: ["PageUp", ","], text: "Previous image" },
      { action: "done", keys: ["Ctrl+Enter"], text: "Mark the image as done" },
      { action: "export", keys: ["Ctrl+E"], text: "Export" },
      { action: "import", keys: ["Ctrl+O"], text: "Open or import" },
      { action: "theme", keys: ["Shift+L"], text: "Dark or light" },
      { action: "help", keys: ["?"], text: "This sheet" },
    ],
  },
];

const BY_KEY = new Map(GROUPS.flatMap(({ shortcuts }) => shortcuts.flatMap(({ action, keys }) => keys.map((key) => [key, action]))));

/** The action that a key asks for, or undefined. @param {KeyboardEvent} event */
export function actionOf(event) {
  return BY_KEY.get(keyOf(event));
}

/** @param {KeyboardEvent} event */
export function keyOf(event) {
  if (event.altKey) return "";
  const letter = /^[a-z]$/i.test(event.key);
  // Signs such as ? and + need Shift on some keyboards and not on others; there the sign alone counts.
  const sign = event.key.length === 1 && !letter && !/^[0-9)]$/.test(event.key);
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  const key = letter ? event.key.toUpperCase() : event.shiftKey && digit && !sign ? digit : event.key;
  const shifted = event.shiftKey && (letter || key.length > 1 || (digit !== undefined && !sign));
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${shifted ? "Shift+" : ""}${key}`;
}

/** The sheet's content. @returns {HTMLElement[]} */
export function sheet() {
  return GROUPS.map(({ title, shortcuts }) =>
    element("section", {}, element("h3", {}, title), element("dl", {}, ...shortcuts.map((shortcut) => element("div", {}, element("dt", {}, shortcut.text), keysOf(shortcut))))),
  );
}

/** @param {Shortcut} shortcut @returns {HTMLElement} */
function keysOf({ keys, shown }) {
  if (shown) return element("dd", {}, ...shown.split(", ").flatMap((text, index) => (index ? [" ", element("kbd", {}, text)] : [element("kbd", {}, text)])));
  return element("dd", {}, ...keys.slice(0, 2).flatMap((key, index) => (index ? [" or ", element("kbd", {}, key)] : [element("kbd", {}, key)])));
}

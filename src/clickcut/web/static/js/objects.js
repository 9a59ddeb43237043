/** The list of finished objects: select, rename, class, order, hide, go on, merge, export, delete. */

import { byId, element, icon, iconButton, keyed, set } from "./dom.js";
import { colourOf } from "./colours.js";
import { duration, num } from "./numbers.js";

/**
 * @typedef {import("./api.js").Cut} Cut
 * @typedef {{
 *   select: (id: number, extend: boolean) => void, change: (id: number, changes: Record<string, unknown>) => void, reopen: (id: number) => void,
 *   remove: (id: number) => void, merge: () => void, exportOne: (id: number) => void,
 * }} Wishes
 */

/** @type {Wishes} */
let wishes;
let dragged = null;

/** @param {Wishes} given */
export function connectObjects(given) {
  wishes = given;
  byId("merge").addEventListener("click", () => wishes.merge());
}

/** @param {import("./app.js").State} state */
export function showObjects({ shown, workspace, selected, look }) {
  const objects = shown?.objects ?? [];
  set(byId("objects-count"), "textContent", objects.length > 0 ? String(objects.length) : "");
  set(byId("objects-empty"), "hidden", objects.length > 0);
  set(byId("merge"), "hidden", selected.length < 2);
  set(byId("merge"), "textContent", `Merge ${selected.length}`);
  const context = { classes: workspace?.classes ?? [], selected, look, count: objects.length };
  keyed(
    byId("objects"),
    objects.map((object, place) => ({ object, place })),
    ({ object }) => String(object.id),
    ({ object }) => made(object.id),
    (item, one) => update(item, one, context),
  );
}

/** Puts the caret into an object's name. @param {number} id */
export function renameObject(id) {
  const field = byId("objects").querySelector(`[data-key="${id}"] .object-name`);
  field?.focus();
  field?.select();
}

/** @param {number} id */
export function focusObject(id) {
  byId("objects").querySelector(`[data-key="${id}"] .item-name`)?.focus();
}

function made(id) {
  const item = element(
    "li",
    { class: "object", draggable: true },
    element(
      "div",
      { class: "item" },
      element("span", { class: "swatch" }),
      element("button", { type: "button", class: "item-name", onclick: (event) => wishes.select(id, event.ctrlKey || event.metaKey || event.shiftKey) }),
      element("span", { class: "item-facts" }),
      iconButton("eye", "Hide", () => wishes.change(id, { hidden: item.dataset.hidden === undefined })),
      iconButton("edit", "Go on with this object", () => wishes.reopen(id)),
    ),
    element(
      "div",
      { class: "item-more" },
      element("input", { class: "text object-name", maxLength: 100, "aria-label": "Name of the object", placeholder: "Name", autocomplete: "off", onchange: (event) => wishes.change(id, { name: event.target.value.trim() }), onkeydown: (event) => event.key === "Enter" && focusObject(id) }),
      element("select", { class: "choice object-class", "aria-label": "Class of the object", onchange: (event) => wishes.change(id, { class_id: Number(event.target.value) }) }),
      element(
        "div",
        { class: "row" },
        iconButton("up", "Move up", () => wishes.change(id, { position: Number(item.dataset.place) - 1 })),
        iconButton("down", "Move down", () => wishes.change(id, { position: Number(item.dataset.place) + 1 })),
        iconButton("export", "Save as a cut-out", () => wishes.exportOne(id)),
        element("span", { class: "grow" }),
        iconButton("bin", "Delete", () => wishes.remove(id)),
      ),
    ),
  );
  connectDragging(item, id);
  return item;
}

function update(item, { object, place }, { classes, selected, look, count }) {
  const kind = classes.find(({ id }) => id === object.class_id);
  const name = object.name || `${kind?.name ?? "object"} ${place + 1}`;
  const isSelected = selected.includes(object.id);
  item.dataset.place = String(place);
  flag(item, "hidden", object.hidden);
  flag(item.firstElementChild, "selected", isSelected);
  flag(item.firstElementChild, "hidden", object.hidden);
  item.querySelector(".swatch").style.setProperty("background", colourOf(object, classes, look.colourBy));
  const button = item.querySelector(".item-name");
  set(button, "textContent", object.open ? `${name} (open)` : name);
  button.setAttribute("aria-pressed", String(isSelected));
  set(button, "title", `${name}: ${num(object.area)} pixels, ${object.num_clicks} clicks, ${duration(object.seconds)}`);
  set(item.querySelector(".item-facts"), "textContent", duration(object.seconds));
  const eye = item.querySelector('[data-part="eye"]');
  if (eye.dataset.hides !== String(object.hidden)) {
    eye.dataset.hides = String(object.hidden);
    eye.replaceChildren(icon(object.hidden ? "eye-off" : "eye"));
    eye.title = object.hidden ? "Show" : "Hide";
    eye.setAttribute("aria-label", `${eye.title} ${name}`);
  }
  item.querySelector('[data-part="edit"]').setAttribute("aria-label", `Go on with ${name}`);
  item.lastElementChild.hidden = !(isSelected && selected.length === 1);
  const field = item.querySelector(".object-name");
  if (document.activeElement !== field) set(field, "value", object.name);
  const select = item.querySelector(".object-class");
  keyed(select, classes, ({ id }) => String(id), ({ id }) => element("option", { value: String(id) }), (option, one) => set(option, "textContent", one.name));
  set(select, "value", String(object.class_id));
  item.querySelector('[data-part="up"]').disabled = place === 0;
  item.querySelector('[data-part="down"]').disabled = place === count - 1;
}

function flag(target, name, on) {
  if (on) target.dataset[name] = "";
  else delete target.dataset[name];
}

/** With the mouse an object is dragged to its new place; the keyboard has Move up and Move down. */
function connectDragging(item, id) {
  item.addEventListener("dragstart", (event) => {
    dragged = id;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", String(id));
  });
  item.addEventListener("dragover", (event) => {
    if (dragged === null || dragged === id) return;
    event.preventDefault();
    flag(item.firstElementChild, "over", true);
  });
  item.addEventListener("dragleave", () => flag(item.firstElementChild, "over", false));
  item.addEventListener("dragend", () => {
    dragged = null;
  });
  item.addEventListener("drop", (event) => {
    event.preventDefault();
    flag(item.firstElementChild, "over", false);
    if (dragged !== null && dragged !== id) wishes.change(dragged, { position: Number(item.dataset.place) });
    dragged = null;
  });
}

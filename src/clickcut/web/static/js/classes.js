/** The folder's own list of classes: add, rename, recolour, reorder, remove, and choose with a digit. */

import { byId, element, iconButton, keyed, set } from "./dom.js";

/**
 * @typedef {{
 *   choose: (id: number) => void, add: (name: string) => Promise<unknown>, change: (id: number, changes: Record<string, unknown>) => void, remove: (id: number) => void,
 * }} Wishes
 */

/** @type {Wishes} */
let wishes;

/** @param {Wishes} given */
export function connectClasses(given) {
  wishes = given;
  byId("class-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = byId("class-name");
    const name = field.value.trim();
    if (name === "") return;
    await wishes.add(name);
    field.value = "";
  });
}

/** @param {import("./app.js").State} state */
export function showClasses({ workspace, shown }) {
  const classes = workspace?.classes ?? [];
  set(byId("classes-count"), "textContent", String(classes.length || ""));
  keyed(
    byId("classes"),
    classes.map((one, place) => ({ ...one, place })),
    ({ id }) => String(id),
    ({ id }) => made(id),
    (item, one) => update(item, one, { chosen: shown?.draft.class_id, count: classes.length }),
  );
}

function made(id) {
  const item = element(
    "li",
    { class: "item" },
    element("input", { type: "color", onchange: (event) => wishes.change(id, { colour: event.target.value }) }),
    element("button", { type: "button", class: "item-name", onclick: () => wishes.choose(id) }),
    element("span", { class: "key", "aria-hidden": "true" }),
    iconButton("edit", "Rename", () => rename(item, id)),
    iconButton("up", "Move up", () => wishes.change(id, { position: Number(item.dataset.place) - 1 })),
    iconButton("bin", "Remove", () => wishes.remove(id)),
  );
  return item;
}

function update(item, { name, colour, place, num_objects, id }, { chosen, count }) {
  item.dataset.place = String(place);
  if (chosen === id) item.dataset.selected = "";
  else delete item.dataset.selected;
  const field = item.querySelector('input[type="color"]');
  set(field, "value", colour);
  field.setAttribute("aria-label", `Colour of ${name}`);
  const button = item.querySelector(".item-name");
  if (!button) return; // it is being renamed
  set(button, "textContent", name);
  button.setAttribute("aria-pressed", String(chosen === id));
  set(button, "title", `${name}: ${num_objects === 1 ? "1 object" : `${num_objects} objects`} in this folder`);
  set(item.querySelector(".key"), "textContent", place < 9 ? String(place + 1) : "");
  for (const [part, label] of [["edit", "Rename"], ["up", "Move up"], ["bin", "Remove"]]) {
    item.querySelector(`[data-part="${part}"]`).setAttribute("aria-label", `${label} ${name}`);
  }
  item.querySelector('[data-part="up"]').disabled = place === 0;
  item.querySelector('[data-part="bin"]').disabled = num_objects > 0 || count === 1;
}

/** A field in place of the name; Enter or leaving it keeps what was typed, Escape does not. */
function rename(item, id) {
  const button = item.querySelector(".item-name");
  const field = element("input", { class: "text", value: button.textContent, maxLength: 80, "aria-label": "Name of the class" });
  let finished = false;
  const finish = (keeps) => {
    if (finished) return;
    finished = true;
    const name = field.value.trim();
    field.replaceWith(button);
    button.focus();
    if (keeps && name !== "" && name !== button.textContent) wishes.change(id, { name });
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") finish(event.key === "Enter");
    event.stopPropagation();
  });
  field.addEventListener("blur", () => finish(true));
  button.replaceWith(field);
  field.focus();
  field.select();
}

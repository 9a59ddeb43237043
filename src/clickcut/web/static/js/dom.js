/** Elements made in one expression, and lists that keep their elements (and the focus in them) when the data changes. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties] `class`, `data-*`, `aria-*`, `role` and `for` become attributes, `on*` listeners, the rest properties
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "role" || name === "for" || name.includes("-")) made.setAttribute(name, String(value));
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** One of the icons that index.html holds. @param {string} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A small button that shows an icon alone. @param {string} name @param {string} label @param {() => void} act */
export function iconButton(name, label, act) {
  return element("button", { type: "button", class: "icon-button small", "aria-label": label, title: label, "data-part": name, onclick: act }, icon(name));
}

/** @param {string} id @returns {any} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/**
 * Makes a container's children those of `items`, in their order; elements of keys that stay are kept and brought up to date.
 * @template T
 * @param {HTMLElement} container
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function keyed(container, items, keyOf, make, update) {
  const keys = new Set(items.map(keyOf));
  // First what goes: a child that stays is then moved only if the order has changed, and the focus in it stays.
  const children = () => /** @type {HTMLElement[]} */ ([...container.children]);
  for (const child of children()) {
    if (!keys.has(child.dataset.key)) child.remove();
  }
  const old = new Map(children().map((child) => [child.dataset.key, child]));
  /** @type {Element | null} */
  let next = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = old.get(key) ?? make(item);
    child.dataset.key = key;
    if (child === next) next = next.nextElementSibling;
    else container.insertBefore(child, next);
    update(child, item);
  }
}

/** Sets a property only where it differs, so that neither the caret nor a screen reader is disturbed. */
export function set(target, name, value) {
  if (target[name] !== value) target[name] = value;
}

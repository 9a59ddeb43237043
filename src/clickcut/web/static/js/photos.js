/** Which image is shown: opening, leaving, the next and the one before. */

import * as api from "./api.js";

const OWN_KEY = "clickcut.session";

/** The image that the address names, else one in work, else one to do, else the first. @returns {Promise<import("./api.js").Photo | null>} */
export async function firstPhoto() {
  const id = addressed();
  if (id) {
    try {
      return await api.photo(id);
    } catch {
      // An old address: begin as without one.
    }
  }
  for (const state of ["work", "todo", undefined]) {
    const { images } = await api.photos({ limit: 1, state });
    if (images.length > 0) return images[0];
  }
  return null;
}

export const addressed = () => /^#image=([\w-]+)$/.exec(location.hash)?.[1] ?? null;

/** @param {string} id */
export function address(id) {
  if (addressed() !== id) history.replaceState(null, "", `#image=${id}`);
}

/**
 * The image behind or before one, as the strip is filtered.
 * @param {import("./api.js").Photo} photo @param {1 | -1} step @param {{state: string, search: string}} filter @returns {Promise<import("./api.js").Photo | null>}
 */
export async function neighbour(photo, step, { state, search }) {
  const where = step > 0 ? { after: photo.index } : { before: photo.index };
  const { images } = await api.photos({ limit: 1, state: state === "all" ? undefined : state, search, ...where });
  return images[0] ?? null;
}

/** Whether this very tab held the image before it was loaded again; asked once. A copy of the tab holds nothing. @param {string} id */
export function heldBefore(id) {
  const held = sessionStorage.getItem(OWN_KEY) === id;
  sessionStorage.removeItem(OWN_KEY);
  return held;
}

/** The page goes away, perhaps to come back. @param {string} id */
export function rememberHeld(id) {
  sessionStorage.setItem(OWN_KEY, id);
}

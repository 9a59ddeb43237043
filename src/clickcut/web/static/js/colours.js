/** Which colour an object is shown in: its class's, or one of its own. */

/** Far apart from each other and from most photos. */
const PALETTE = ["#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#fabed4", "#469990", "#dcbeff", "#9a6324", "#fffac8", "#aaffc3", "#ffd8b1"];

/** @param {{id: number, class_id: number}} object @param {import("./api.js").Class[]} classes @param {"class" | "object"} by @returns {string} */
export function colourOf(object, classes, by) {
  if (by === "object") return PALETTE[Math.max(object.id, 0) % PALETTE.length];
  return classes.find(({ id }) => id === object.class_id)?.colour ?? PALETTE[0];
}

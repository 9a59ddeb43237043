/** From the page's state to what the stage draws, and to the words about it. */

import { byId, set } from "./dom.js";
import { colourOf } from "./colours.js";
import { duration, num } from "./numbers.js";

/** @typedef {import("./app.js").State} State */

/** @param {State} state @param {import("./tiles.js").Tiles | null} tiles @returns {import("./canvas.js").Scene} */
export function sceneOf(state, tiles) {
  const { photo, view, shown, shows, look, heat, crop, preview, stroke, waiting } = state;
  return {
    image: photo,
    view,
    tiles,
    masks: shows.masks ? masksOf(state) : [],
    outlines: look.outlines,
    clicks: [...(shown?.draft.clicks ?? []), ...waiting.map((click) => ({ ...click, waiting: true }))],
    radius: look.radius,
    heat: shows.heat ? heat : null,
    crop: shows.crop ? (crop?.box ?? shown?.draft.window ?? null) : null,
    preview,
    stroke,
  };
}

function masksOf({ shown, mask, objectMasks, selected, look, workspace, shows, draftColour }) {
  const masks = [];
  // Over the heat map borders alone say where masks lie.
  const opacity = shows.heat ? 0 : look.opacity;
  for (const object of shown?.objects ?? []) {
    const cut = objectMasks.get(object.id);
    if (!cut || object.hidden || object.open) continue;
    const strong = selected.includes(object.id);
    const colour = colourOf(object, workspace.classes, look.colourBy);
    masks.push({ mask: cut, colour, opacity: opacity * (strong ? 1 : 0.75), line: { colour, strong } });
  }
  // A white border tells the object in progress from finished ones of its class.
  if (mask) masks.push({ mask, colour: draftColour, opacity, line: { colour: "#ffffff", strong: true } });
  return masks;
}

/** Name, size, place in the folder, time; what lies under the pointer; what is being waited for. @param {State} state */
export function showWords({ photo, workspace, shown, place, view, waiting, busy, gettingReady, away, opening, counts }) {
  set(byId("photo-name"), "textContent", photo?.name ?? "\u00a0");
  set(byId("photo-name"), "title", photo?.name ?? "");
  const facts = photo ? [`${photo.index + 1} of ${workspace.num_images}`] : [];
  if (photo?.width) facts.push(`${num(photo.width)} × ${num(photo.height)}`);
  if (shown) facts.push(duration(shown.seconds));
  set(byId("photo-facts"), "textContent", facts.join(" · "));
  set(byId("done-text"), "textContent", shown?.done ? "Done" : "Mark done");
  byId("done").setAttribute("aria-pressed", String(Boolean(shown?.done)));
  set(byId("done"), "disabled", !shown);
  set(byId("place"), "textContent", place ? `${place.x}, ${place.y}` : "\u00a0");
  set(byId("zoom-level"), "textContent", `${Math.round(view.scale * devicePixelRatio * 100)} %`);
  set(byId("busy"), "textContent", busyWord({ waiting, busy, gettingReady, away, opening }));
  if (!workspace) return;
  const { done } = counts;
  set(byId("progress"), "max", Math.max(workspace.num_images, 1));
  set(byId("progress"), "value", done);
  set(byId("progress-text"), "textContent", `${num(done)} of ${num(workspace.num_images)} done`);
}

function busyWord({ waiting, busy, gettingReady, away, opening }) {
  if (away) return "Waiting for the server";
  if (opening) return "Opening the image";
  if (waiting.length > 1) return `Computing ${waiting.length} clicks`;
  if (waiting.length > 0 || busy) return "Computing";
  if (gettingReady) return "Getting ready for the next click";
  return "";
}

/** For screen readers, after a change. @param {State} state */
export function inWords({ shown, mask }) {
  if (!shown) return "";
  const { draft, objects } = shown;
  const clicks = draft.clicks.length === 1 ? "1 click" : `${draft.clicks.length} clicks`;
  const cut = objects.length === 1 ? "1 object finished" : `${objects.length} objects finished`;
  return mask && draft.area > 0 ? `${clicks}, the mask has ${num(draft.area)} pixels. ${cut}.` : `${clicks}, no mask. ${cut}.`;
}

/** What a mask looks like: lines for its border, which are filled for its inside, made once a mask; a picture of its inside where it is intricate. */

import { bitmapOf } from "./bits.js";
import { outlineOf } from "./outline.js";
import { runsOf } from "./runs.js";

/**
 * @typedef {import("./bits.js").Mask} Mask
 * @typedef {{box: import("./bits.js").Box, step: number, runs: import("./runs.js").Runs, outlines: Map<number, Path2D>,
 *   picture: {colour: string, canvas: HTMLCanvasElement} | null}} Layer
 */

/** Above so many pixels a layer is drawn from every second (third, ...) one: no screen shows more. */
const MOST_PIXELS = 6e6;
/** Of a mask with more runs than this, noise say, filling the border takes longer than drawing a picture; of all others making the picture does. */
const INTRICATE = 8000;

/** @type {WeakMap<Mask, Layer>} */
const made = new WeakMap();

/** @param {Mask} mask @returns {Layer} */
export function layerOf(mask) {
  const known = made.get(mask);
  if (known) return known;
  const step = Math.max(1, Math.ceil(Math.sqrt((mask.box.width * mask.box.height) / MOST_PIXELS)));
  const layer = { box: mask.box, step, runs: runsOf(bitmapOf(mask, step)), outlines: new Map(), picture: null };
  made.set(mask, layer);
  return layer;
}

/** A picture of the inside to stretch over the box, or null where the border is to be filled. @param {Layer} layer @param {string} colour `#rrggbb` */
export function pictureOf(layer, colour) {
  if (layer.runs.starts.length <= INTRICATE) return null;
  if (layer.picture?.colour !== colour) layer.picture = { colour, canvas: tinted(layer.runs, colour) };
  return layer.picture.canvas;
}

/** A layer's border, as fine as a scale (CSS pixels an image pixel) asks for. @param {Layer} layer @param {number} scale @returns {Path2D} */
export function borderOf({ outlines, runs, step }, scale) {
  const tolerance = scale * step >= 0.75 ? 0 : Math.max(Math.round(1 / (scale * step)), 1) + 1;
  const known = outlines.get(tolerance);
  if (known) return known;
  const path = outlineOf(runs, step, tolerance);
  outlines.set(tolerance, path);
  return path;
}

/** @returns {HTMLCanvasElement} */
function tinted({ width, height, from, starts, ends }, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  const [red, green, blue] = rgbOf(colour);
  // ImageData is little-endian RGBA on every machine that browsers run on.
  const word = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  for (let row = 0; row < height; row++) {
    for (let run = from[row]; run < from[row + 1]; run++) words.fill(word, row * width + starts[run], row * width + ends[run]);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** @param {string} colour `#rrggbb` @returns {[number, number, number]} */
export function rgbOf(colour) {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * Probabilities (one byte each, 0 to 255) as a heat map over their box: dark blue through green to yellow, readable to colour-blind eyes.
 * @param {Uint8Array} values
 * @param {number} width
 * @param {number} height
 */
export function heatOf(values, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let at = 0; at < values.length; at++) {
    const [red, green, blue] = HEAT[values[at]];
    image.data[4 * at] = red;
    image.data[4 * at + 1] = green;
    image.data[4 * at + 2] = blue;
    image.data[4 * at + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Six stops of lightness that only grows. */
const STOPS = [[20, 16, 60], [54, 52, 130], [38, 104, 146], [40, 154, 130], [134, 200, 80], [252, 231, 60]];
const HEAT = Array.from({ length: 256 }, (_, value) => {
  const place = (value / 255) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((from, channel) => Math.round(from + (STOPS[low + 1][channel] - from) * (place - low)));
});
/** The heat map's stops as colours, for its legend. */
export const HEAT_COLOURS = STOPS.map(([red, green, blue]) => `rgb(${red} ${green} ${blue})`);

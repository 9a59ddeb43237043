/** Masks as the page keeps them: a box of the image, and a bit or a byte for each of its pixels. */

/**
 * Half-open, in pixels of the image.
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * Pixels outside of the box are not the mask's. `bits`: pixel `i` of the box, row after row, is bit `7 - i % 8` of byte `i >> 3`.
 * `pixels` in their place: one byte a pixel, 0 or 1.
 * @typedef {{box: Box, bits: Uint8Array, pixels?: undefined} | {box: Box, bits?: undefined, pixels: Uint8Array}} Mask
 * @typedef {{width: number, height: number, pixels: Uint8Array}} Bitmap one byte a pixel
 */

/** Whether a pixel is the mask's. @param {Mask} mask @param {number} x @param {number} y */
export function has({ box, bits, pixels }, x, y) {
  if (x < box.x || y < box.y || x >= box.x + box.width || y >= box.y + box.height) return false;
  const at = (y - box.y) * box.width + (x - box.x);
  return pixels ? pixels[at] !== 0 : (bits[at >> 3] & (128 >> (at & 7))) !== 0;
}

/**
 * Every `step`-th pixel of every `step`-th row: masks of large images need not be unpacked whole.
 * @param {Mask} mask @param {number} step @returns {Bitmap}
 */
export function bitmapOf({ box, bits, pixels: bytes }, step = 1) {
  if (step === 1) return { width: box.width, height: box.height, pixels: bytes ?? unpacked(bits, box.width * box.height) };
  const width = Math.ceil(box.width / step);
  const height = Math.ceil(box.height / step);
  const pixels = new Uint8Array(width * height);
  for (let row = 0, to = 0; row < height; row++) {
    let from = row * step * box.width;
    for (let column = 0; column < width; column++, from += step, to++) {
      pixels[to] = bytes ? bytes[from] : (bits[from >> 3] >> (7 - (from & 7))) & 1;
    }
  }
  return { width, height, pixels };
}

/** Eight pixels at a time. @param {Uint8Array} bits @param {number} count */
function unpacked(bits, count) {
  const words = new Uint32Array(2 * bits.length);
  for (let at = 0; at < bits.length; at++) {
    words[2 * at] = FOUR_PIXELS[bits[at] >> 4];
    words[2 * at + 1] = FOUR_PIXELS[bits[at] & 15];
  }
  return new Uint8Array(words.buffer, 0, count);
}

/** Four bits as four bytes, the first pixel in the lowest byte, as memory holds it. */
const FOUR_PIXELS = Uint32Array.from({ length: 16 }, (_, four) => (four >> 3) | ((four >> 2) & 1) << 8 | ((four >> 1) & 1) << 16 | (four & 1) << 24);

/**
 * A mask with all pixels of a region's box taken from the region: what a change of a mask is.
 * @param {Mask | null} mask @param {Mask} region @returns {Mask} the region itself where nothing of the mask lies beyond it
 */
export function painted(mask, region) {
  if (!mask || holds(region.box, mask.box)) return region;
  const box = hull(mask.box, region.box);
  const pixels = new Uint8Array(box.width * box.height);
  copyInto(pixels, box, mask);
  copyInto(pixels, box, region);
  return { box, pixels };
}

function copyInto(pixels, box, mask) {
  const bitmap = bitmapOf(mask);
  for (let row = 0; row < bitmap.height; row++) {
    const to = (mask.box.y - box.y + row) * box.width + (mask.box.x - box.x);
    pixels.set(bitmap.pixels.subarray(row * bitmap.width, (row + 1) * bitmap.width), to);
  }
}

const holds = (outer, { x, y, width, height }) =>
  x >= outer.x && y >= outer.y && x + width <= outer.x + outer.width && y + height <= outer.y + outer.height;

/** The smallest box that holds both. @param {Box} a @param {Box} b @returns {Box} */
export function hull(a, b) {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

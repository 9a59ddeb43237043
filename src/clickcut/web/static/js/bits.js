/** Masks as they travel and as they are kept: a box and packed bits, one bit a pixel, most significant bit first. */

/**
 * Half-open rows and columns.
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 * A mask over its box: bit `(y - top) * width + (x - left)` of `bits`, without padding between rows.
 * @typedef {{box: Box, bits: Uint8Array}} Bitmask
 */

/** @param {Box} box */
export const widthOf = (box) => box.right - box.left;
/** @param {Box} box */
export const heightOf = (box) => box.bottom - box.top;

/** Whether a pixel is the mask's. @param {Bitmask} mask @param {number} x @param {number} y */
export function has({ box, bits }, x, y) {
  if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) return false;
  const at = (y - box.top) * widthOf(box) + (x - box.left);
  return (bits[at >> 3] & (128 >> (at & 7))) !== 0;
}

/**
 * One byte a pixel, 1 on the mask: every `step`-th pixel of every `step`-th row, for masks of images too large to unpack whole.
 * @param {Bitmask} mask
 * @param {number} step
 * @returns {{width: number, height: number, pixels: Uint8Array}}
 */
export function unpacked({ box, bits }, step = 1) {
  const full = widthOf(box);
  const width = Math.ceil(full / step);
  const height = Math.ceil(heightOf(box) / step);
  const pixels = new Uint8Array(width * height);
  for (let row = 0, to = 0; row < height; row++) {
    let from = row * step * full;
    for (let column = 0; column < width; column++, from += step, to++) {
      pixels[to] = (bits[from >> 3] >> (7 - (from & 7))) & 1;
    }
  }
  return { width, height, pixels };
}

/** Packs one byte a pixel. @param {Uint8Array} pixels @returns {Uint8Array} */
export function packed(pixels) {
  const bits = new Uint8Array(Math.ceil(pixels.length / 8));
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at]) bits[at >> 3] |= 128 >> (at & 7);
  }
  return bits;
}

/** How many pixels a mask has. @param {Bitmask} mask */
export function count({ bits }) {
  let total = 0;
  for (let byte of bits) {
    byte = byte - ((byte >> 1) & 0x55);
    byte = (byte & 0x33) + ((byte >> 2) & 0x33);
    total += (byte + (byte >> 4)) & 0x0f;
  }
  return total;
}

/** Where the image lies on the screen: pure values, so that zooming and panning can be undone, compared and tested. */

/**
 * A pixel of the image, `x` columns and `y` rows from its top left corner, covers `scale` CSS pixels; the corner itself lies at `(left, top)`.
 * @typedef {{scale: number, left: number, top: number}} Viewport
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x: number, y: number}} Place
 */

export const MAX_SCALE = 40;
/** From here on the image's pixels are drawn as squares, with a grid between them. */
export const GRID_SCALE = 12;
const MARGIN = 24;

/**
 * The whole image in the middle of the stage.
 * @param {Size} image
 * @param {Size} stage
 * @returns {Viewport}
 */
export function fitted(image, stage) {
  const scale = Math.min(fitScale(image, stage), MAX_SCALE);
  return { scale, left: (stage.width - image.width * scale) / 2, top: (stage.height - image.height * scale) / 2 };
}

/** @param {Size} image @param {Size} stage */
export function fitScale(image, stage) {
  const room = { width: Math.max(stage.width - 2 * MARGIN, 1), height: Math.max(stage.height - 2 * MARGIN, 1) };
  return Math.min(room.width / image.width, room.height / image.height);
}

/**
 * `factor` times as large, with the place under `at` (CSS pixels of the stage) kept where it is.
 * @param {Viewport} view
 * @param {number} factor
 * @param {Place} at
 * @param {Size} image
 * @param {Size} stage
 * @returns {Viewport}
 */
export function zoomed(view, factor, at, image, stage) {
  const smallest = Math.min(fitScale(image, stage), 1) / 2;
  const scale = Math.min(Math.max(view.scale * factor, smallest), MAX_SCALE);
  const by = scale / view.scale;
  return kept({ scale, left: at.x - (at.x - view.left) * by, top: at.y - (at.y - view.top) * by }, image, stage);
}

/** @param {Viewport} view @param {Place} by @param {Size} image @param {Size} stage @returns {Viewport} */
export function panned(view, by, image, stage) {
  return kept({ ...view, left: view.left + by.x, top: view.top + by.y }, image, stage);
}

/**
 * Moved as little as possible so that a part of the image stays in sight.
 * @param {Viewport} view @param {Size} image @param {Size} stage @returns {Viewport}
 */
function kept(view, image, stage) {
  const seen = 64;
  const width = image.width * view.scale;
  const height = image.height * view.scale;
  return {
    scale: view.scale,
    left: Math.min(Math.max(view.left, Math.min(seen - width, 0)), Math.max(stage.width - seen, stage.width - width)),
    top: Math.min(Math.max(view.top, Math.min(seen - height, 0)), Math.max(stage.height - seen, stage.height - height)),
  };
}

/**
 * Moved as little as possible so that a pixel of the image lies well inside of the stage (for the keyboard's cursor).
 * @param {Viewport} view @param {Place} pixel @param {Size} stage @returns {Viewport}
 */
export function showing(view, pixel, stage) {
  const at = toScreen(view, { x: pixel.x + 0.5, y: pixel.y + 0.5 });
  const border = Math.min(48, stage.width / 4, stage.height / 4);
  const x = Math.min(Math.max(at.x, border), stage.width - border) - at.x;
  const y = Math.min(Math.max(at.y, border), stage.height - border) - at.y;
  return x === 0 && y === 0 ? view : { ...view, left: view.left + x, top: view.top + y };
}

/** Continuous image coordinates of a place on the stage: pixel (0, 0) covers 0 to 1. @param {Viewport} view @param {Place} at @returns {Place} */
export function toImage(view, at) {
  return { x: (at.x - view.left) / view.scale, y: (at.y - view.top) / view.scale };
}

/** @param {Viewport} view @param {Place} at @returns {Place} */
export function toScreen(view, at) {
  return { x: at.x * view.scale + view.left, y: at.y * view.scale + view.top };
}

/**
 * The pixel under a place on the stage, or null outside of the image.
 * @param {Viewport} view @param {Place} at @param {Size} image @returns {Place | null}
 */
export function pixelAt(view, at, image) {
  const place = toImage(view, at);
  const pixel = { x: Math.floor(place.x), y: Math.floor(place.y) };
  return pixel.x >= 0 && pixel.y >= 0 && pixel.x < image.width && pixel.y < image.height ? pixel : null;
}

/** The pixel of the image that is nearest to a place. @param {Place} place @param {Size} image @returns {Place} */
export function nearestPixel(place, image) {
  return { x: Math.min(Math.max(Math.floor(place.x), 0), image.width - 1), y: Math.min(Math.max(Math.floor(place.y), 0), image.height - 1) };
}

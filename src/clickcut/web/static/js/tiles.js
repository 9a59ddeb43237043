/** The picture itself: tiles of a pyramid, fetched when they come into sight and kept while there is room. */

/**
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {import("./viewport.js").Size} Size
 * @typedef {{width: number, height: number, side: number, levels: number, address: (level: number, row: number, column: number) => string}} Pyramid
 * Level 0 is the image as it is, each further level half as large; a tile's `side` is in pixels of its own level.
 */

const MOST_TILES = 160;
const MOST_AT_ONCE = 6;

export class Tiles {
  /** @param {Pyramid} pyramid @param {() => void} onArrival */
  constructor(pyramid, onArrival) {
    this.pyramid = pyramid;
    this.onArrival = onArrival;
    /** In the order of their last use. @type {Map<string, HTMLImageElement>} */
    this.tiles = new Map();
    this.loading = new Set();
    /** Wanted for the last drawn frame and not there yet, the most wanted last. @type {string[]} */
    this.wanted = [];
    this.closed = false;
  }

  /** Draws what there is: coarse levels below, the fitting one on top. @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Size} stage */
  draw(context, view, stage) {
    const { levels } = this.pyramid;
    const fitting = Math.min(Math.max(Math.floor(-Math.log2(view.scale * devicePixelRatio) + 1e-6), 0), levels - 1);
    this.wanted = [];
    context.imageSmoothingQuality = "high";
    context.imageSmoothingEnabled = view.scale < 2;
    const missing = [];
    for (const place of this.#inSight(fitting, view, stage)) {
      if (!this.#has(fitting, place)) missing.push(place);
    }
    if (missing.length > 0 || fitting === levels - 1) {
      for (let level = levels - 1; level > fitting; level--) this.#drawLevel(context, level, view, stage, level === levels - 1);
    }
    this.#drawLevel(context, fitting, view, stage, true);
    this.#fetch();
  }

  #drawLevel(context, level, view, stage, want) {
    for (const place of this.#inSight(level, view, stage)) {
      const key = keyOf(level, place.row, place.column);
      const image = this.tiles.get(key);
      if (image) {
        this.tiles.delete(key);
        this.tiles.set(key, image);
        this.#drawTile(context, image, level, place, view);
      } else if (want) {
        // The coarsest level last, as the list is taken from its end: something is in sight as soon as may be.
        if (level === this.pyramid.levels - 1) this.wanted.push(key);
        else this.wanted.unshift(key);
      }
    }
  }

  /** Edges lie on whole pixels of the screen, or seams would show between tiles. */
  #drawTile(context, image, level, { row, column }, view) {
    const { width, height, side } = this.pyramid;
    const reach = side * 2 ** level;
    const snap = (value) => Math.round(value * devicePixelRatio) / devicePixelRatio;
    const left = snap(view.left + column * reach * view.scale);
    const top = snap(view.top + row * reach * view.scale);
    const right = snap(view.left + Math.min((column + 1) * reach, width) * view.scale);
    const bottom = snap(view.top + Math.min((row + 1) * reach, height) * view.scale);
    if (right > left && bottom > top) context.drawImage(image, left, top, right - left, bottom - top);
  }

  #inSight(level, view, stage) {
    const { width, height, side } = this.pyramid;
    const reach = side * 2 ** level;
    const within = (value, size) => Math.min(Math.max(Math.floor(value / reach), 0), Math.ceil(size / reach) - 1);
    const places = [];
    if (view.left > stage.width || view.top > stage.height || view.left + width * view.scale < 0 || view.top + height * view.scale < 0) return places;
    for (let row = within(-view.top / view.scale, height); row <= within((stage.height - view.top) / view.scale, height); row++) {
      for (let column = within(-view.left / view.scale, width); column <= within((stage.width - view.left) / view.scale, width); column++) {
        places.push({ row, column });
      }
    }
    return places;
  }

  #has(level, { row, column }) {
    return this.tiles.has(keyOf(level, row, column));
  }

  #fetch() {
    while (this.loading.size < MOST_AT_ONCE && this.wanted.length > 0 && !this.closed) {
      const key = this.wanted.pop();
      if (!this.loading.has(key) && !this.tiles.has(key)) this.#load(key);
    }
  }

  async #load(key) {
    this.loading.add(key);
    const image = new Image();
    const [level, row, column] = key.split("/").map(Number);
    image.src = this.pyramid.address(level, row, column);
    try {
      await image.decode();
      if (this.closed) return;
      this.tiles.set(key, image);
      if (this.tiles.size > MOST_TILES) this.tiles.delete(this.tiles.keys().next().value);
      this.onArrival();
    } catch {
      // It stays missing; the coarser level shows in its place, and the next frame asks again.
    } finally {
      this.loading.delete(key);
    }
  }

  /** Lets all tiles go. */
  close() {
    this.closed = true;
    this.tiles.clear();
    this.wanted = [];
  }
}

const keyOf = (level, row, column) => `${level}/${row}/${column}`;

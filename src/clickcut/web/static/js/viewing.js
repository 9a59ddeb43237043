/** Zoom, pan, the keyboard's cursor, and what a press on the stage means for the tool that is chosen. */

import { Pointer } from "./pointer.js";
import { Stroke } from "./brush.js";
import { byId } from "./dom.js";
import { fitted, nearestPixel, panned, pixelAt, showing, toImage, zoomed } from "./viewport.js";

/**
 * @typedef {import("./viewport.js").Place} Place
 * @typedef {{click: (pixel: Place, positive: boolean, since: number) => void, stroke: (stroke: Stroke) => void, hover: (pixel: Place | null, positive: boolean) => void}} Wishes
 */

const KEY_STEP = 16;
const PAN_STEP = 80;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Viewing {
  /** @param {ReturnType<typeof import("./state.js").createState<import("./app.js").State>>} state @param {import("./canvas.js").Stage} stage @param {Wishes} wishes */
  constructor(state, stage, wishes) {
    this.state = state;
    this.stage = stage;
    this.wishes = wishes;
    this.surface = byId("surface");
    /** While it is so, a new size of the stage fits the image again. */
    this.isFitted = true;
    this.pointer = new Pointer(this.surface, {
      mode: () => MODES[state.get().tool],
      click: (at, opposite, since) => this.#click(at, opposite, since),
      hover: (at, opposite) => this.#hover(at, opposite),
      pan: (by) => this.#setView((view, image) => panned(view, by, image, stage.size)),
      panning: (now) => this.#showCursorKind(now ? "panning" : null),
      zoom: (factor, at) => this.zoom(factor, at),
      stroke: (phase, at, opposite) => this.#stroke(phase, at, opposite),
    });
    this.surface.addEventListener("keydown", (event) => this.#onKey(event));
    // The frame that shows the focus is for those who came by keys: around a picture that is clicked on it would disturb.
    let byPointer = false;
    this.surface.addEventListener("pointerdown", () => {
      byPointer = true;
      delete this.surface.dataset.keys;
    });
    this.surface.addEventListener("focus", () => {
      if (!byPointer) this.surface.dataset.keys = "";
      byPointer = false;
    });
    this.surface.addEventListener("blur", () => this.state.change({ cursor: null }));
  }

  fit() {
    const { photo } = this.state.get();
    if (photo) this.state.change({ view: fitted(photo, this.stage.size) });
    this.isFitted = true;
  }

  resized() {
    if (this.isFitted) this.fit();
  }

  /** About a place of the stage, its middle if none is given. @param {number} factor @param {Place} [at] */
  zoom(factor, at = { x: this.stage.size.width / 2, y: this.stage.size.height / 2 }) {
    this.#setView((view, image) => zoomed(view, factor, at, image, this.stage.size));
  }

  /** One pixel of the image is one of the screen. */
  actualSize() {
    const { view } = this.state.get();
    this.zoom(1 / devicePixelRatio / view.scale);
  }

  /** @param {boolean} held */
  holdSpace(held) {
    this.pointer.holdSpace(held);
    this.#showCursorKind(held ? "pan" : null);
  }

  /** What of the image is in sight, in whole pixels. */
  get inSight() {
    const { view, photo } = this.state.get();
    const from = nearestPixel(toImage(view, { x: 0, y: 0 }), photo);
    const to = nearestPixel(toImage(view, { x: this.stage.size.width, y: this.stage.size.height }), photo);
    return { x: from.x, y: from.y, width: to.x - from.x + 1, height: to.y - from.y + 1 };
  }

  toolChanged() {
    this.#showCursorKind(null);
  }

  #setView(change) {
    const { view, photo } = this.state.get();
    if (!photo) return;
    this.isFitted = false;
    this.state.change({ view: change(view, photo) });
  }

  #click(at, opposite, since) {
    const { view, photo, tool } = this.state.get();
    const pixel = photo && pixelAt(view, at, photo);
    if (pixel) this.wishes.click(pixel, (tool === "include") !== opposite, since);
  }

  #hover(at, opposite) {
    const { view, photo, tool } = this.state.get();
    const pixel = at && photo && pixelAt(view, at, photo);
    this.#point(pixel || null, opposite, false);
    this.wishes.hover(pixel || null, (tool === "include") !== opposite);
  }

  #point(pixel, opposite, keyboard) {
    const { tool, brushSize } = this.state.get();
    /** @type {import("./marks.js").Cursor["kind"] | null} */
    const kind = tool === "hand" ? null : opposite ? OPPOSITE[tool] : tool;
    this.state.change({ place: pixel, cursor: pixel && kind ? { kind, pixel, size: brushSize, keyboard } : null });
  }

  #stroke(phase, at, opposite) {
    const { view, tool, brushSize, draftColour, stroke } = this.state.get();
    if (phase === "cancel") return this.state.change({ stroke: null });
    const place = toImage(view, at);
    const now = phase === "begin" ? new Stroke(brushSize / 2, (tool === "eraser") !== opposite, draftColour) : stroke;
    if (!now) return undefined;
    now.add({ x: place.x - 0.5, y: place.y - 0.5 });
    this.state.change({ stroke: now, strokeLength: now.places.length });
    if (phase === "end") this.wishes.stroke(now);
    return undefined;
  }

  #showCursorKind(kind) {
    const { tool } = this.state.get();
    this.surface.dataset.cursor = kind ?? (tool === "hand" ? "pan" : tool === "brush" || tool === "eraser" ? "none" : "cross");
  }

  #onKey(event) {
    const { photo, view, tool } = this.state.get();
    if (!photo || event.altKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.ctrlKey) {
      this.#setView((now, image) => panned(now, { x: -arrow[0] * PAN_STEP, y: -arrow[1] * PAN_STEP }, image, this.stage.size));
    } else if (arrow) {
      this.#moveCursor(arrow, event.shiftKey ? 1 : Math.max(Math.round(KEY_STEP / view.scale), 1));
    } else if (event.key === "Enter" && !event.ctrlKey) {
      this.#pressKey(event.shiftKey, tool, event.timeStamp);
    } else {
      return;
    }
    this.surface.dataset.keys = "";
    event.preventDefault();
  }

  /** The keyboard's cursor begins where the pointer was last, else in the middle of what is in sight. */
  get #keyboardPixel() {
    const { place } = this.state.get();
    const { x, y, width, height } = this.inSight;
    return place ?? { x: Math.floor(x + width / 2), y: Math.floor(y + height / 2) };
  }

  #moveCursor([x, y], step) {
    const { photo, view, cursor } = this.state.get();
    const from = this.#keyboardPixel;
    // The first key shows where the cursor is.
    const to = cursor?.keyboard ? nearestPixel({ x: from.x + x * step, y: from.y + y * step }, photo) : from;
    const moved = showing(view, to, this.stage.size);
    if (moved !== view) this.#setView(() => moved);
    this.#point(to, false, true);
    this.wishes.hover(to, this.state.get().tool === "include");
  }

  #pressKey(opposite, tool, since) {
    const pixel = this.#keyboardPixel;
    this.#point(pixel, false, true);
    if (tool === "include" || tool === "exclude") this.wishes.click(pixel, (tool === "include") !== opposite, since);
    if (tool === "brush" || tool === "eraser") {
      const { brushSize, draftColour } = this.state.get();
      const stroke = new Stroke(brushSize / 2, (tool === "eraser") !== opposite, draftColour);
      stroke.add(pixel);
      this.state.change({ stroke });
      this.wishes.stroke(stroke);
    }
  }
}

/** @type {Record<import("./app.js").State["tool"], "click" | "paint" | "pan">} */
const MODES = { include: "click", exclude: "click", brush: "paint", eraser: "paint", hand: "pan" };
/** @type {Record<string, import("./marks.js").Cursor["kind"]>} */
const OPPOSITE = { include: "exclude", exclude: "include", brush: "eraser", eraser: "brush" };

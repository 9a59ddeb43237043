/** Mouse, touch and pen on the stage, told as what they mean: a click, a drag of the image, a zoom, a stroke of the brush. */

/**
 * Places are CSS pixels from the stage's top left corner.
 * @typedef {{x: number, y: number}} Place
 * @typedef {{
 *   kind: "undecided" | "drag" | "pan" | "stroke" | "pinch" | "done", id?: number, from?: Place, last?: Place, opposite?: boolean,
 *   slop?: number, timer?: ReturnType<typeof setTimeout>,
 * }} Press a pinch, and what is done, have a kind alone
 * @typedef {{
 *   mode: () => "click" | "paint" | "pan",
 *   click: (at: Place, opposite: boolean, since: number) => void,
 *   hover: (at: Place | null, opposite: boolean) => void,
 *   pan: (by: Place) => void,
 *   panning: (now: boolean) => void,
 *   zoom: (factor: number, at: Place) => void,
 *   stroke: (phase: "begin" | "go" | "end" | "cancel", at: Place, opposite: boolean) => void,
 * }} Meaning `since` is when the press ended (ms, as performance.now()); `opposite` is the other sign than the tool's: by the right button, Alt, Ctrl, a long touch or a pen's other end
 */

/** Farther than this many CSS pixels a press is a drag. */
const SLOP = { mouse: 4, pen: 6, touch: 10 };
const LONG_TOUCH_MS = 500;
const PEN_ERASER = 5;

export class Pointer {
  /** @param {HTMLElement} surface @param {Meaning} meaning */
  constructor(surface, meaning) {
    this.surface = surface;
    this.meaning = meaning;
    this.spaceHeld = false;
    /** @type {Map<number, Place>} every finger, pen or button that is down */
    this.down = new Map();
    /** What the one press in progress is: not decided yet, or one of three. @type {Press | null} */
    this.press = null;
    surface.addEventListener("pointerdown", (event) => this.#onDown(event));
    surface.addEventListener("pointermove", (event) => this.#onMove(event));
    surface.addEventListener("pointerup", (event) => this.#onUp(event));
    surface.addEventListener("pointercancel", (event) => this.#onCancel(event));
    surface.addEventListener("pointerleave", () => this.press || meaning.hover(null, false));
    surface.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    // The middle button would start the browser's own scrolling.
    surface.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
  }

  /** Holding the space bar turns every drag into one of the image. @param {boolean} held */
  holdSpace(held) {
    this.spaceHeld = held;
  }

  #placeOf(event) {
    const { left, top } = this.surface.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #onDown(event) {
    const at = this.#placeOf(event);
    this.surface.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, at);
    if (this.down.size > 1) {
      this.#drop();
      this.press = { kind: "pinch" };
      return;
    }
    this.press = this.#begun(event, at);
    if (this.press.kind === "stroke") this.meaning.stroke("begin", at, this.press.opposite);
    if (this.press.kind === "pan") this.meaning.panning(true);
  }

  /** @returns {Press} */
  #begun(event, at) {
    const opposite = event.button !== 0 || isModified(event);
    const base = { id: event.pointerId, from: at, last: at, opposite, slop: SLOP[event.pointerType] ?? SLOP.mouse };
    const mode = this.meaning.mode();
    const byOtherButton = event.button === 1 || event.button === 2;
    if (this.spaceHeld || (mode === "pan" && event.button === 0)) return { ...base, kind: "pan" };
    if (mode === "paint" && (event.button === 0 || event.button === PEN_ERASER)) return { ...base, kind: "stroke" };
    if (mode !== "click" && byOtherButton) return { ...base, kind: "drag" };
    const timer = event.pointerType === "touch" ? setTimeout(() => this.#longTouch(), LONG_TOUCH_MS) : 0;
    return { ...base, kind: "undecided", timer };
  }

  #longTouch() {
    if (this.press?.kind !== "undecided") return;
    const { from } = this.press;
    this.press = { kind: "done" };
    this.meaning.click(from, true, performance.now());
  }

  #onMove(event) {
    const at = this.#placeOf(event);
    if (this.press?.kind === "pinch") return this.#pinch(event.pointerId, at);
    if (!this.press) return this.meaning.hover(at, isModified(event));
    if (this.press.id !== event.pointerId) return undefined;
    this.down.set(event.pointerId, at);
    const { press } = this;
    if ((press.kind === "undecided" || press.kind === "drag") && distance(press.from, at) > press.slop) {
      clearTimeout(press.timer);
      press.kind = "pan";
      this.meaning.panning(true);
    }
    if (press.kind === "pan") {
      this.meaning.pan({ x: at.x - press.last.x, y: at.y - press.last.y });
      press.last = at;
    }
    if (press.kind === "stroke") {
      // All places since the last frame, so that a fast stroke stays round.
      const places = event.getCoalescedEvents?.() ?? [];
      for (const one of places.length > 0 ? places : [event]) this.meaning.stroke("go", this.#placeOf(one), press.opposite);
    }
    this.meaning.hover(at, press.opposite);
    return undefined;
  }

  #pinch(id, at) {
    const others = [...this.down].filter(([other]) => other !== id).map(([, place]) => place);
    const before = this.down.get(id);
    this.down.set(id, at);
    if (!before || others.length !== 1) return;
    const [other] = others;
    const middle = (a) => ({ x: (a.x + other.x) / 2, y: (a.y + other.y) / 2 });
    this.meaning.pan({ x: middle(at).x - middle(before).x, y: middle(at).y - middle(before).y });
    this.meaning.zoom(Math.max(distance(at, other), 1) / Math.max(distance(before, other), 1), middle(at));
  }

  #onUp(event) {
    const at = this.#placeOf(event);
    this.down.delete(event.pointerId);
    const { press } = this;
    if (press?.kind === "pinch") {
      // The finger that stays down would else be a click or a drag.
      if (this.down.size === 0) this.press = null;
      return;
    }
    if (press?.id !== event.pointerId && press?.kind !== "done") return;
    this.press = null;
    clearTimeout(press.timer);
    if (press.kind === "undecided") this.meaning.click(press.from, press.opposite, event.timeStamp);
    if (press.kind === "stroke") this.meaning.stroke("end", at, press.opposite);
    if (press.kind === "pan") this.meaning.panning(false);
    if (event.pointerType === "touch") this.meaning.hover(null, false);
  }

  #onCancel(event) {
    this.down.delete(event.pointerId);
    this.#drop();
    this.press = this.down.size > 0 ? { kind: "pinch" } : null;
  }

  /** Gives a press up without its consequence. */
  #drop() {
    clearTimeout(this.press?.timer);
    if (this.press?.kind === "stroke") this.meaning.stroke("cancel", this.press.last, this.press.opposite);
    if (this.press?.kind === "pan") this.meaning.panning(false);
    this.press = null;
  }

  #onWheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 300 : 1);
    // A notch of a wheel is about 100 pixels and zooms by 1.2; touchpads report a pinch as a fine wheel with Ctrl.
    const rate = event.ctrlKey ? 0.01 : Math.log(1.2) / 100;
    this.meaning.zoom(Math.exp(-Math.min(Math.max(pixels, -300), 300) * rate), this.#placeOf(event));
  }
}

const isModified = (event) => event.altKey || event.ctrlKey || event.metaKey;
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** Looks into the network's work: the probabilities, the crop that it sees, and what a click under the pointer would give. */

import * as api from "./api.js";
import { HEAT_COLOURS, heatOf } from "./layers.js";
import { maskFrom } from "./wire.js";
import { byId, set } from "./dom.js";

/** So long the pointer rests before a preview is asked for. */
const REST_MS = 90;

export class Peeking {
  /** @param {ReturnType<typeof import("./state.js").createState<import("./app.js").State>>} state @param {import("./page.js").Page} page */
  constructor(state, page) {
    this.state = state;
    this.page = page;
    this.asked = { heat: null, crop: null };
    this.timer = 0;
    this.abort = new AbortController();
    drawLegend();
  }

  /** Fetches what is to be seen and has changed. @param {import("./app.js").State} state */
  follow({ shows, shown }) {
    const revision = shown ? `${shown.session}/${shown.revision}` : null;
    this.#fetch("heat", shows.heat ? revision : null, async () => heatFrom(await api.probabilities(shown.session)));
    this.#fetch("crop", shows.crop ? revision : null, () => api.crop(shown.session));
  }

  async #fetch(what, wanted, get) {
    if (this.asked[what] === wanted) return;
    this.asked[what] = wanted;
    if (wanted === null) return;
    try {
      const got = await get();
      if (this.asked[what] === wanted) this.state.change({ [what]: got });
    } catch {
      this.asked[what] = null; // it is a mere look; the next change asks again
    }
  }

  /** @param {{x: number, y: number} | null} pixel @param {boolean} positive */
  hover(pixel, positive) {
    clearTimeout(this.timer);
    this.abort.abort();
    const { look, shown, waiting, preview, tool } = this.state.get();
    if (preview) this.state.change({ preview: null });
    if (!look.preview || !pixel || !shown?.ready || waiting.length > 0 || (tool !== "include" && tool !== "exclude")) return;
    this.timer = setTimeout(() => this.#ask(shown, { ...pixel, positive }), REST_MS);
  }

  async #ask({ session, revision }, click) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const { mask } = await api.preview(session, { ...click, revision }, signal);
      const preview = await maskFrom(mask);
      if (!signal.aborted && this.state.get().shown?.revision === revision) this.state.change({ preview });
    } catch {
      // Newer work came first, or the crop is not encoded: no preview.
    }
  }
}

/** @param {import("./app.js").State} state */
export function showPeeks({ shows, crop, heat }) {
  set(byId("legend"), "hidden", !(shows.heat && heat));
  set(byId("inset"), "hidden", !(shows.crop && crop));
  if (shows.crop && crop) drawInset(crop);
}

let inset = null;

function drawInset({ picture, box }) {
  if (inset === picture) return;
  inset = picture;
  const canvas = byId("inset-picture");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  byId("inset-text").textContent = `Network sees ${box.width} × ${box.height} as ${picture.width} × ${picture.height}`;
}

async function heatFrom(got) {
  if (!got) return null;
  const { width, height } = got.picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(got.picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height);
  for (let at = 0; at < values.length; at++) values[at] = data[4 * at];
  return { box: got.box, canvas: heatOf(values, width, height) };
}

function drawLegend() {
  const context = byId("legend-colours").getContext("2d");
  const gradient = context.createLinearGradient(0, 0, 110, 0);
  HEAT_COLOURS.forEach((colour, index) => gradient.addColorStop(index / (HEAT_COLOURS.length - 1), colour));
  context.fillStyle = gradient;
  context.fillRect(0, 0, 110, 8);
}

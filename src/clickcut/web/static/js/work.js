/**
 * The work on one image, as the server keeps it: every change goes through here, in order, and every answer comes back through here.
 *
 * Changes are sent at once, each for the revision that the ones before it lead to; answers are taken one after another. When the server goes
 * away and comes back, what it had not accepted is sent again; nothing that was clicked is lost.
 */

import * as api from "./api.js";
import { painted } from "./bits.js";
import { maskFrom } from "./wire.js";

/**
 * @typedef {import("./bits.js").Mask} Mask
 * @typedef {import("./api.js").Standing & {session: string, image: import("./api.js").Photo, objects: import("./api.js").Cut[]}} Shown
 * @typedef {{method: string, path: string, body: Record<string, unknown> | Blob | null, clicks: import("./api.js").Click[], revision: number}} Request
 * @typedef {{
 *   changed: () => void, away: (away: boolean) => void, lost: (why: "held" | "lease_lost") => void, stale: () => void,
 * }} Listener
 */

const KEPT_MASKS = 16;
const RETRY_MS = 700;
const KEEP_MS = 20000;
/** The server says so where the present state is not what the request was made for; all else is the request's own fault. */
const OUT_OF_STEP = new Set(["stale_revision"]);

export class Work {
  /** @param {string} photo the image's id @param {Listener} listener @param {boolean} take whether to take the image over from another tab */
  constructor(photo, listener, take = false) {
    this.photo = photo;
    this.listener = listener;
    /** @type {Shown | null} */
    this.shown = null;
    /** The mask in progress after each of the last revisions. @type {Map<number, Mask | null>} */
    this.masks = new Map();
    /** @type {Map<number, Mask | null>} */
    this.objectMasks = new Map();
    /** @type {Set<Request>} */
    this.underWay = new Set();
    this.sent = 0;
    this.closed = false;
    this.away = null;
    this.isAsking = false;
    this.taking = Promise.resolve();
    this.opened = this.#open(take);
    this.opened.catch(() => {}); // whoever awaits it hears of it
    this.timer = setInterval(() => this.#keep(), KEEP_MS);
  }

  /** The mask of the object in progress that is to be shown. @returns {Mask | null} */
  get mask() {
    return this.shown ? (this.masks.get(this.shown.revision) ?? null) : null;
  }

  /** Whether the crop of the next click is being encoded. Of a large image nothing is, until the first click says where to look. */
  get isGettingReady() {
    return this.shown !== null && !this.shown.ready && !(this.shown.image.large && !this.shown.draft.window);
  }

  /** Clicks that have no answer yet. */
  get waiting() {
    return [...this.underWay].flatMap(({ clicks }) => clicks);
  }

  /**
   * Asks for a change and takes its answer in.
   * @param {string} method @param {string} path @param {Record<string, unknown> | Blob | null} body @param {import("./api.js").Click[]} clicks
   * @returns {Promise<import("./api.js").Change | null>} null where it turned out to be accepted already, or the image was left
   */
  async change(method, path, body = {}, clicks = []) {
    /** @type {Request} */
    const request = { method, path, body, clicks, revision: -1 };
    this.underWay.add(request);
    // A turn later: the request is on its way before the page is drawn anew for it.
    queueMicrotask(() => this.listener.changed());
    try {
      await this.opened;
      request.revision = this.sent++;
      const answer = await this.#deliver(request);
      if (answer) await this.#inTurn(() => this.#take(answer, request));
      return answer;
    } catch (error) {
      await this.#onRefusal(error);
      throw error;
    } finally {
      if (this.underWay.delete(request)) this.listener.changed();
    }
  }

  /** Draws the server's present state anew. */
  async reload() {
    const opened = await api.session(this.shown.session);
    await this.#inTurn(() => this.#begin(opened));
    this.listener.changed();
  }

  /** Leaves the image, and is done when others can have it; answers that still come are of no more interest. */
  async close() {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    if (this.shown) await api.close(this.shown.session);
    else await this.opened.catch(() => {});
  }

  async #open(take) {
    const opened = await api.openSession(this.photo, take);
    if (this.closed) {
      // It was left before it was there.
      await api.close(opened.session);
      return;
    }
    await this.#begin(opened);
    this.listener.changed();
    this.#awaitReady();
  }

  async #begin(opened) {
    const { mask, ...shown } = opened;
    const masks = new Map();
    for (const object of shown.objects) masks.set(object.id, object.mask ? await maskFrom(object.mask) : null);
    const draft = await maskFrom(mask);
    this.objectMasks = masks;
    this.masks = new Map([[shown.revision, draft]]);
    this.shown = shown;
    this.sent = shown.revision;
  }

  /** The encoded crop makes the next click fast: the status line tells when it is there. */
  async #awaitReady() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.isGettingReady && !this.closed) {
        const { ready } = await api.ready(this.shown.session, 20);
        if (ready) this.shown = { ...this.shown, ready };
        this.listener.changed();
      }
    } catch {
      // It is a mere comfort; the next change asks again.
    } finally {
      this.isAsking = false;
    }
  }

  async #deliver(request) {
    for (;;) {
      if (this.closed) return null;
      const { session } = this.shown;
      try {
        return await api.change(session, request, { revision: request.revision, base: this.shown.revision });
      } catch (error) {
        const gone = error instanceof api.Refused && error.code === "no_such_session";
        if (!(error instanceof api.Unreachable) && !gone) throw error;
        await this.#comeBack(session);
        // What had been accepted before the server went away is in its state already.
        if (request.revision < this.shown.revision) return null;
      }
    }
  }

  /** Opens the image again as soon as the server answers; all requests that failed wait for the same attempt. */
  #comeBack(session) {
    if (this.shown.session !== session) return Promise.resolve();
    this.away ??= this.#openAgain().finally(() => {
      this.away = null;
    });
    return this.away;
  }

  async #openAgain() {
    this.listener.away(true);
    try {
      for (;;) {
        try {
          const opened = await api.openSession(this.photo, false);
          const further = [...this.underWay].map(({ revision }) => revision + 1);
          await this.#begin(opened);
          this.sent = Math.max(opened.revision, ...further);
          return;
        } catch (error) {
          if (!(error instanceof api.Unreachable)) throw error;
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          if (this.closed) return;
        }
      }
    } finally {
      this.listener.away(false);
      this.listener.changed();
    }
  }

  #inTurn(step) {
    const taken = this.taking.then(step);
    this.taking = taken.catch(() => {});
    return taken;
  }

  async #take(answer, request) {
    if (this.closed || answer.revision <= this.shown.revision) return;
    const { mask, masks, objects, superseded, timing, ...standing } = answer;
    for (const one of masks ?? []) this.objectMasks.set(one.id, await maskFrom(one.mask));
    this.#keepMask(answer.revision, superseded ? this.mask : await this.#maskAfter(answer));
    this.shown = { ...this.shown, ...standing, objects: objects ?? this.shown.objects };
    this.underWay.delete(request);
    this.listener.changed();
    this.#awaitReady();
  }

  /** The mask in progress after a change: the region that came, over the mask that it is relative to. */
  async #maskAfter({ mask, revision }) {
    if (mask && (mask.whole || this.masks.has(mask.base))) {
      const region = await maskFrom(mask);
      const base = mask.whole ? null : this.masks.get(mask.base);
      if (!region) return mask.whole ? null : base;
      return painted(base, region);
    }
    const whole = await api.mask(this.shown.session);
    if (whole.revision !== revision) this.masks.delete(whole.revision); // a newer answer is on its way and brings it again
    return maskFrom(whole.mask);
  }

  #keepMask(revision, mask) {
    this.masks.set(revision, mask);
    while (this.masks.size > KEPT_MASKS) this.masks.delete(this.masks.keys().next().value);
  }

  async #onRefusal(error) {
    if (!(error instanceof api.Refused) || !this.shown || this.closed) return;
    if (error.code === "lease_lost" || error.code === "held") {
      this.listener.lost(error.code);
      return;
    }
    // The revision that this change was to lead to never comes: later ones would be refused, so all begin again from what is there.
    await this.reload().catch(() => {});
    if (OUT_OF_STEP.has(error.code)) this.listener.stale();
  }

  async #keep() {
    if (!this.shown || this.closed) return;
    try {
      const { revision } = await api.keep(this.shown.session);
      if (revision !== this.shown.revision && this.underWay.size === 0) await this.reload();
    } catch (error) {
      if (error instanceof api.Refused && error.code === "lease_lost") this.listener.lost("lease_lost");
      if (error instanceof api.Refused && error.code === "no_such_session") await this.#comeBack(this.shown.session).catch(() => {});
    }
  }
}

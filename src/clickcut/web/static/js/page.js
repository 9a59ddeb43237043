/** The image that is open and what can be asked of it; the one place where the page's state follows the work. */

import * as api from "./api.js";
import { colourOf } from "./colours.js";
import { say, tell } from "./messages.js";
import * as photos from "./photos.js";
import { fitted } from "./viewport.js";
import { Tiles } from "./tiles.js";
import { Work } from "./work.js";

/** What needs no words: the button was a moment ahead of the server. */
const QUIET = new Set(["nothing_to_undo", "nothing_to_redo", "nothing_to_finish", "nothing_to_cancel", "lease_lost", "held", "superseded"]);
const RELEASE_MS = 5000;
const LOST = {
  held: ["This image is open in another tab or program.", "Take it over"],
  lease_lost: ["Another tab or program has taken this image over. Its work is safe.", "Take it back"],
};

export class Page {
  /** @param {ReturnType<typeof import("./state.js").createState<import("./app.js").State>>} state @param {import("./canvas.js").Stage} stage */
  constructor(state, stage) {
    this.state = state;
    this.stage = stage;
    /** @type {Work | null} */
    this.work = null;
    /** @type {Tiles | null} */
    this.tiles = null;
    /** What was asked for last. @type {api.Photo | null} */
    this.wanted = null;
    /** @type {(photo: api.Photo) => void} */
    this.onPhoto = () => {};
    addEventListener("pagehide", () => {
      if (!this.work?.shown) return;
      photos.rememberHeld(this.work.photo);
      this.work.close();
    });
    // Back from the browser's cache of pages, whose lease was given back when it was left.
    addEventListener("pageshow", (event) => event.persisted && this.openAgain(false));
  }

  /** @param {api.Photo} photo @param {boolean} [take] whether to take the image over from another tab */
  async open(photo, take = false) {
    this.wanted = photo;
    const left = this.#leave();
    photos.address(photo.id);
    this.state.change({ ...NOTHING_OPEN, photo: null, opening: true });
    let whole;
    try {
      // Who goes on quickly and comes back must not find the image held by what was left.
      [whole] = await Promise.all([photo.levels && photo.width ? photo : api.photo(photo.id), left]);
    } catch (error) {
      if (this.wanted !== photo) return;
      this.state.change({ opening: false });
      tell(`${photo.name} cannot be shown: ${error.message}`, "error");
      return;
    }
    if (this.wanted !== photo) return; // another image was asked for meanwhile
    const work = new Work(whole.id, this.#listener(() => work), take || photos.heldBefore(whole.id));
    this.work = work;
    this.tiles = new Tiles(pyramidOf(whole), () => this.stage.refresh());
    this.state.change({ photo: whole, view: fitted(whole, this.stage.size) });
    this.onPhoto(whole);
    try {
      await work.opened;
      if (this.work === work) say(`${whole.name} is open.`);
    } catch (error) {
      if (this.work !== work) return;
      if (error instanceof api.Refused && error.code === "held") this.#lost("held");
      else tell(`${whole.name} cannot be opened: ${error.message}`, "error");
    } finally {
      if (this.work === work) this.state.change({ opening: false });
    }
  }

  /** The same image from the server's state, with the lease of whoever has it if `take`. @param {boolean} take */
  async openAgain(take) {
    const { photo } = this.state.get();
    if (photo) await this.open(photo, take);
  }

  /**
   * A change of the image's work; refusals are told and not thrown.
   * @param {string} method @param {string} path @param {Record<string, unknown> | Blob | null} [body] @param {api.Click[]} [clicks]
   * @returns {Promise<api.Change | null>}
   */
  async change(method, path, body = {}, clicks = []) {
    const { work } = this;
    if (!work) return null;
    try {
      return await work.change(method, path, body, clicks);
    } catch (error) {
      if (!(error instanceof api.Refused) || !QUIET.has(error.code)) this.#tellRefusal(error);
      return null;
    }
  }

  /** Makes a click; gives its answer once it is on the screen, and measures the way. @param {api.Click} click @param {number} since @param {api.Box | null} view */
  async click(click, since, view) {
    const answer = await this.change("POST", "clicks", { clicks: [click], view }, [click]);
    if (!answer) return;
    this.stage.afterPaint(() => {
      performance.measure("clickcut:click", { start: since, end: performance.now(), detail: { ...answer.timing, superseded: answer.superseded } });
    });
  }

  #tellRefusal(error) {
    if (error instanceof api.Refused && error.code === "stale_revision") return; // the listener has told
    const fields = error.details?.fields?.map(({ where, message }) => `${where}: ${message}`).join("; ");
    tell(fields ? `${error.message}: ${fields}` : error.message, "error");
  }

  #listener(workOf) {
    const ifPresent = (act) => (...values) => {
      if (this.work === workOf()) act(...values);
    };
    return {
      changed: ifPresent(() => this.#follow()),
      away: ifPresent((away) => {
        this.state.change({ away });
        if (away) say("The server does not answer. What you click is kept.");
      }),
      lost: ifPresent((why) => this.#lost(why)),
      stale: ifPresent(() => tell("This image was changed elsewhere; its present state is shown.")),
    };
  }

  #follow() {
    const { work } = this;
    const { selected, workspace, look } = this.state.get();
    const { shown } = work;
    const draft = shown?.draft;
    this.state.change({
      shown,
      mask: work.mask,
      objectMasks: work.objectMasks,
      waiting: work.waiting,
      busy: work.underWay.size > 0,
      gettingReady: work.isGettingReady,
      stroke: work.underWay.size > 0 ? this.state.get().stroke : null,
      selected: selected.filter((id) => shown?.objects.some((object) => object.id === id)),
      draftColour: draft && workspace ? colourOf({ id: draft.object_id ?? shown.objects.length + 1, class_id: draft.class_id }, workspace.classes, look.colourBy) : "#3cb44b",
    });
  }

  #lost(why) {
    const [text, button] = LOST[why];
    this.state.change({ lost: { text, button } });
    say(text);
    if (why === "held") this.#awaitRelease(this.work);
  }

  /** A tab that crashed holds its image for a minute: then it is opened without being asked again. */
  async #awaitRelease(work) {
    while (this.work === work && this.state.get().lost) {
      await new Promise((resolve) => setTimeout(resolve, RELEASE_MS));
      const photo = await api.photo(work.photo).catch(() => null);
      if (this.work === work && photo && !photo.leased) await this.openAgain(false);
    }
  }

  #leave() {
    const left = this.work?.close();
    this.tiles?.close();
    this.work = null;
    this.tiles = null;
    return left;
  }
}

/** What a closed image leaves behind: nothing of its own. */
const NOTHING_OPEN = { shown: null, mask: null, objectMasks: new Map(), waiting: [], busy: false, gettingReady: false, away: false, lost: null, heat: null, crop: null, preview: null, selected: [], stroke: null, place: null, cursor: null };

/** @param {api.Photo} photo @returns {import("./tiles.js").Pyramid} */
const pyramidOf = (photo) => ({
  width: photo.width,
  height: photo.height,
  side: photo.tile_size,
  levels: photo.levels,
  address: (level, row, column) => api.tileOf(photo, level, row, column),
});

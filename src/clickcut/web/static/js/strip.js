/** The strip of thumbnails: only those in sight exist, and only their entries are fetched, so that ten thousand images cost what twenty do. */

import { byId, element, icon, keyed, set } from "./dom.js";
import { duration } from "./numbers.js";
import { thumbnailOf } from "./api.js";

/** @typedef {import("./api.js").Photo} Photo */

const PITCH = 116;
const SPARE = 4;
export const PAGE = 100;
const BADGE = { todo: "clock", work: "edit", done: "check" };
const WORD = { todo: "to do", work: "in work", done: "done" };

export class Strip {
  /** @param {(photo: Photo) => void} choose @param {(page: number) => Promise<{total: number, images: Photo[]}>} fetchPage the images of a page, as filtered */
  constructor(choose, fetchPage) {
    this.choose = choose;
    this.fetchPage = fetchPage;
    this.box = byId("thumbs");
    this.sheet = byId("thumbs-sheet");
    this.total = 0;
    /** By their place among those that the filter lets through. @type {Map<number, Photo>} */
    this.photos = new Map();
    this.asked = new Set();
    this.generation = 0;
    this.current = "";
    this.box.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.box);
    // A plain wheel moves the strip sideways.
    this.box.addEventListener(
      "wheel",
      (event) => {
        if (event.deltaX === 0) this.box.scrollLeft += event.deltaY;
      },
      { passive: true },
    );
    this.box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Begins anew: another filter, or other images. */
  async reset() {
    this.generation += 1;
    this.photos.clear();
    this.asked.clear();
    this.box.scrollLeft = 0;
    await this.#fetch(0);
  }

  /** Which image is shown, and where it stands if that is known. @param {string} id @param {number | null} place */
  async showCurrent(id, place) {
    const moved = id !== this.current;
    this.current = id;
    if (moved && place !== null) {
      const left = place * PITCH;
      const { scrollLeft, clientWidth } = this.box;
      if (left < scrollLeft || left + PITCH > scrollLeft + clientWidth) this.box.scrollLeft = left - (clientWidth - PITCH) / 2;
    }
    this.#draw();
  }

  /** Brings one image's entry up to date; the filter is not asked again, so that nothing moves under the pointer. @param {Photo} photo */
  update(photo) {
    for (const [place, old] of this.photos) {
      if (old.id === photo.id) this.photos.set(place, { ...old, ...photo });
    }
    this.#draw();
  }

  async #fetch(page) {
    if (this.asked.has(page)) return;
    this.asked.add(page);
    const { generation } = this;
    try {
      const { total, images } = await this.fetchPage(page);
      if (generation !== this.generation) return;
      this.total = total;
      byId("thumbs-empty").hidden = total > 0;
      images.forEach((photo, at) => this.photos.set(page * PAGE + at, photo));
      this.sheet.style.setProperty("width", `${total * PITCH + 8}px`);
      this.#draw();
    } catch {
      this.asked.delete(page); // the next scroll asks again
    }
  }

  #draw() {
    const first = Math.max(Math.floor(this.box.scrollLeft / PITCH) - SPARE, 0);
    const last = Math.min(Math.ceil((this.box.scrollLeft + this.box.clientWidth) / PITCH) + SPARE, this.total);
    const seen = [];
    for (let place = first; place < last; place++) {
      const photo = this.photos.get(place);
      if (photo) seen.push({ photo, place });
      else this.#fetch(Math.floor(place / PAGE));
    }
    keyed(this.sheet, seen, ({ photo }) => photo.id, ({ photo }) => this.#made(photo.id), (child, one) => this.#update(child, one));
  }

  #made(id) {
    const find = () => [...this.photos.values()].find((photo) => photo.id === id);
    const picture = element("img", { alt: "", loading: "lazy", decoding: "async", draggable: false });
    picture.addEventListener("error", () => picture.classList.add("broken"));
    const button = element("button", { type: "button", class: "thumb", onclick: () => this.choose(find()) }, picture, element("span", { class: "badge" }), element("span", { class: "label" }));
    return element("div", { role: "listitem" }, button);
  }

  #update(child, { photo, place }) {
    const button = child.firstElementChild;
    const [picture, badge, label] = button.children;
    const address = thumbnailOf(photo);
    if (picture.getAttribute("src") !== address) picture.src = address;
    button.style.setProperty("left", `${8 + place * PITCH}px`);
    set(label, "textContent", photo.name);
    if (button.dataset.state !== photo.state) {
      button.dataset.state = photo.state;
      badge.replaceChildren(icon(BADGE[photo.state]));
    }
    const objects = photo.num_objects === 1 ? "1 object" : `${photo.num_objects} objects`;
    const facts = `${WORD[photo.state]}${photo.num_objects > 0 ? `, ${objects}, ${duration(photo.seconds)}` : ""}`;
    button.setAttribute("aria-current", String(photo.id === this.current));
    button.setAttribute("aria-label", `${photo.name}, ${facts}`);
    set(button, "title", `${photo.name}\n${facts}`);
  }

  /** Arrow keys walk along the strip; thumbnails that were not there yet appear first. */
  async #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -this.total, End: this.total }[event.key];
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (step === undefined || key === undefined) return;
    event.preventDefault();
    const [now] = [...this.photos].find(([, photo]) => photo.id === key) ?? [0];
    const place = Math.min(Math.max(now + step, 0), this.total - 1);
    this.box.scrollLeft = Math.min(Math.max(this.box.scrollLeft, (place + 1) * PITCH + 8 - this.box.clientWidth), place * PITCH);
    await this.#fetch(Math.floor(place / PAGE));
    this.#draw();
    const photo = this.photos.get(place);
    if (photo) this.sheet.querySelector(`[data-key="${photo.id}"] button`)?.focus();
  }
}

/** The strip of thumbnails: only those in sight exist, so that ten thousand images cost what twenty do. */

import { byId, element, icon, keyed, set } from "./dom.js";

/** @typedef {{index: number, name: string, state: "todo" | "in_work" | "done", thumbnail: string, facts: string}} Thumb */

const PITCH = 116;
const SPARE = 4;
const BADGE = { todo: "clock", in_work: "edit", done: "check" };
const WORD = { todo: "to do", in_work: "in work", done: "done" };

export class Strip {
  /** @param {(index: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.box = byId("thumbs");
    this.sheet = byId("thumbs-sheet");
    /** @type {Thumb[]} */
    this.thumbs = [];
    this.current = -1;
    this.box.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.box);
    // A plain wheel moves the strip sideways.
    this.box.addEventListener("wheel", (event) => {
      if (event.deltaX === 0) this.box.scrollLeft += event.deltaY;
    }, { passive: true });
    this.box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {Thumb[]} thumbs those that the filter lets through @param {number} current the shown image's index */
  show(thumbs, current) {
    const moved = current !== this.current || thumbs.length !== this.thumbs.length;
    this.thumbs = thumbs;
    this.current = current;
    this.sheet.style.setProperty("width", `${thumbs.length * PITCH + 8}px`);
    if (moved) this.#reveal();
    this.#draw();
  }

  #reveal() {
    const at = this.thumbs.findIndex(({ index }) => index === this.current);
    if (at < 0) return;
    const left = at * PITCH;
    const { scrollLeft, clientWidth } = this.box;
    if (left < scrollLeft || left + PITCH > scrollLeft + clientWidth) this.box.scrollLeft = left - (clientWidth - PITCH) / 2;
  }

  #draw() {
    const first = Math.max(Math.floor(this.box.scrollLeft / PITCH) - SPARE, 0);
    const last = Math.ceil((this.box.scrollLeft + this.box.clientWidth) / PITCH) + SPARE;
    const seen = this.thumbs.slice(first, last).map((thumb, at) => ({ thumb, at: first + at }));
    keyed(this.sheet, seen, ({ thumb }) => String(thumb.index), ({ thumb }) => this.#made(thumb), (child, one) => this.#update(child, one));
  }

  #made(thumb) {
    const button = element(
      "button",
      { type: "button", class: "thumb", onclick: () => this.choose(thumb.index) },
      element("img", { src: thumb.thumbnail, alt: "", loading: "lazy", decoding: "async", draggable: false }),
      element("span", { class: "badge" }),
      element("span", { class: "label" }),
    );
    return element("div", { role: "listitem" }, button);
  }

  #update(child, { thumb, at }) {
    const button = child.firstElementChild;
    button.style.setProperty("left", `${8 + at * PITCH}px`);
    set(button.lastElementChild, "textContent", thumb.name);
    if (button.dataset.state !== thumb.state) {
      button.dataset.state = thumb.state;
      button.querySelector(".badge").replaceChildren(icon(BADGE[thumb.state]));
    }
    button.setAttribute("aria-current", String(thumb.index === this.current));
    button.setAttribute("aria-label", `${thumb.name}, ${WORD[thumb.state]}${thumb.facts ? `, ${thumb.facts}` : ""}`);
    set(button, "title", `${thumb.name}\n${WORD[thumb.state]}${thumb.facts ? ` · ${thumb.facts}` : ""}`);
  }

  /** Arrow keys walk along the strip; thumbnails that were not there yet appear first. */
  #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -this.thumbs.length, End: this.thumbs.length }[event.key];
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (step === undefined || key === undefined) return;
    event.preventDefault();
    const now = this.thumbs.findIndex(({ index }) => String(index) === key);
    const at = Math.min(Math.max(now + step, 0), this.thumbs.length - 1);
    this.box.scrollLeft = Math.min(Math.max(this.box.scrollLeft, (at + 1) * PITCH + 8 - this.box.clientWidth), at * PITCH);
    this.#draw();
    this.sheet.querySelector(`[data-key="${this.thumbs[at].index}"] button`)?.focus();
  }
}

/** A stroke of the brush or the eraser while it is being painted; the server paints it into the mask when it ends. */

import { toScreen } from "./viewport.js";

const MOST_PLACES = 4000;

export class Stroke {
  /** @param {number} radius in pixels of the image @param {boolean} erase @param {string} colour */
  constructor(radius, erase, colour) {
    this.radius = radius;
    this.erase = erase;
    this.colour = colour;
    /** Continuous image coordinates in which pixel centres are whole numbers. @type {{x: number, y: number}[]} */
    this.places = [];
  }

  /** @param {{x: number, y: number}} place */
  add(place) {
    const last = this.places.at(-1);
    // Closer ones would change nothing that can be seen.
    if (last && Math.hypot(place.x - last.x, place.y - last.y) < Math.max(0.5, this.radius / 8)) return;
    if (this.places.length < MOST_PLACES) this.places.push(place);
  }

  /** As the server wants it. */
  get wire() {
    return { points: this.places.map(({ x, y }) => [round(x), round(y)]), radius: this.radius, erase: this.erase };
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./viewport.js").Viewport} view */
  draw(context, view) {
    if (this.places.length === 0) return;
    context.save();
    context.beginPath();
    this.places.forEach((place, index) => {
      const at = toScreen(view, { x: place.x + 0.5, y: place.y + 0.5 });
      if (index === 0) context.moveTo(at.x, at.y);
      // A lone place needs a line too, or its round ends would not be drawn.
      context.lineTo(at.x + (this.places.length === 1 ? 0.01 : 0), at.y);
    });
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Math.max(2 * this.radius * view.scale, 1);
    context.globalAlpha = 0.6;
    context.strokeStyle = this.erase ? "#ffffff" : this.colour;
    context.stroke();
    context.restore();
  }
}

const round = (value) => Math.round(value * 100) / 100;

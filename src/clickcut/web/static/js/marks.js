/** Small signs over the image: clicks, which differ by shape and not by colour alone, and what follows the pointer. */

import { GRID_SCALE, toScreen } from "./viewport.js";

/**
 * @typedef {{x: number, y: number}} Place
 * @typedef {{kind: "include" | "exclude" | "brush" | "eraser", pixel: Place, size: number, keyboard: boolean}} Cursor
 * `pixel` is where a click would land, `size` a brush's width in pixels of the image; `keyboard` shows the keyboard's cross hairs
 */

const INCLUDE = "#1f9d4d";
const EXCLUDE = "#d92d20";
const colourOf = (positive) => (positive ? INCLUDE : EXCLUDE);

/** @param {CanvasRenderingContext2D} context @param {import("./viewport.js").Viewport} view */
export function drawClick(context, view, { x, y, positive, waiting }, radius) {
  const at = toScreen(view, { x: x + 0.5, y: y + 0.5 });
  const size = radius + 1.5;
  context.save();
  context.translate(at.x, at.y);
  disk(context, size + 1.5, "#ffffff");
  disk(context, size, colourOf(positive));
  if (radius >= 3) sign(context, size * 0.55, positive);
  if (waiting) {
    context.beginPath();
    context.arc(0, 0, size + 5, 0, 2 * Math.PI);
    context.setLineDash([4, 3]);
    context.lineWidth = 1.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
  }
  context.restore();
}

function disk(context, radius, colour) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

/** Plus or minus. */
function sign(context, reach, positive) {
  context.beginPath();
  context.moveTo(-reach, 0);
  context.lineTo(reach, 0);
  if (positive) {
    context.moveTo(0, -reach);
    context.lineTo(0, reach);
  }
  context.lineWidth = 1.5;
  context.strokeStyle = "#ffffff";
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {import("./viewport.js").Viewport} view @param {Cursor | null} cursor */
export function drawCursor(context, view, cursor) {
  if (!cursor) return;
  if (view.scale >= GRID_SCALE) drawPixel(context, view, cursor.pixel);
  const at = toScreen(view, { x: cursor.pixel.x + 0.5, y: cursor.pixel.y + 0.5 });
  if (cursor.keyboard) drawCrossHairs(context, at);
  if (cursor.kind === "brush" || cursor.kind === "eraser") {
    drawRing(context, at, (cursor.size * view.scale) / 2, cursor.kind === "eraser");
  } else {
    drawGhost(context, at, cursor.kind === "include", cursor.keyboard);
  }
}

function drawPixel(context, view, pixel) {
  const from = toScreen(view, pixel);
  context.lineWidth = 2;
  context.strokeStyle = "#000000";
  context.strokeRect(from.x - 1, from.y - 1, view.scale + 2, view.scale + 2);
  context.strokeStyle = "#ffffff";
  context.strokeRect(from.x + 1, from.y + 1, view.scale - 2, view.scale - 2);
}

function drawCrossHairs(context, at) {
  const gap = 14;
  context.beginPath();
  for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(at.x + x * gap, at.y + y * gap);
    context.lineTo(at.x + x * 4000, at.y + y * 4000);
  }
  outlined(context, 1.25);
}

/** A ring as wide as the brush; dashed where it takes away. */
function drawRing(context, at, radius, dashed) {
  context.beginPath();
  context.arc(at.x, at.y, Math.max(radius, 1), 0, 2 * Math.PI);
  context.setLineDash(dashed ? [5, 4] : []);
  outlined(context, 1.5);
  context.setLineDash([]);
}

/** A click that is not made yet, beside the pointer so that the pixel itself stays in sight. */
function drawGhost(context, at, positive, centred) {
  context.save();
  context.translate(at.x + (centred ? 0 : 13), at.y + (centred ? 0 : 15));
  disk(context, 6.5, "#ffffff");
  disk(context, 5.5, colourOf(positive));
  sign(context, 3, positive);
  context.restore();
}

/** White on black, so that it shows on every image. */
function outlined(context, width) {
  context.lineWidth = width + 2;
  context.strokeStyle = "rgb(0 0 0 / 60%)";
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = "#ffffff";
  context.stroke();
}

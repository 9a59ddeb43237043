/** Draws: the picture, the masks over it and, on a sheet of its own that is cheap to redraw, what follows the pointer. */

import { GRID_SCALE, toImage, toScreen } from "./viewport.js";
import { borderOf, layerOf, pictureOf } from "./layers.js";
import { drawClick, drawCursor } from "./marks.js";

/**
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {import("./viewport.js").Size} Size
 * @typedef {import("./bits.js").Mask} Mask
 * @typedef {import("./bits.js").Box} Box
 * @typedef {{mask: Mask, colour: string, opacity: number, line: {colour: string, strong: boolean}}} ShownMask
 * @typedef {{x: number, y: number, positive: boolean, waiting?: boolean}} ShownClick
 * @typedef {{
 *   image: Size | null, view: Viewport, tiles: import("./tiles.js").Tiles | null, masks: ShownMask[], outlines: boolean,
 *   clicks: ShownClick[], radius: number, heat: {box: Box, canvas: HTMLCanvasElement} | null, crop: Box | null, preview: Mask | null,
 *   stroke: import("./brush.js").Stroke | null,
 * }} Scene all that the stage shows, but for the cursor
 */

export class Stage {
  /** @param {HTMLElement} element holds three canvases; `onResize` hears of every new size */
  constructor(element, onResize) {
    const [picture, masks, cursor] = element.querySelectorAll("canvas");
    this.sheets = { picture, masks, cursor };
    /** @type {Size} */
    this.size = { width: 1, height: 1 };
    /** @type {Scene | null} */
    this.scene = null;
    this.cursor = null;
    this.stale = { picture: false, masks: false, cursor: false };
    this.frame = 0;
    new ResizeObserver(() => {
      this.#resize(element);
      onResize(this.size);
    }).observe(element);
    this.#resize(element);
  }

  /** Shows another scene at the next frame; only the sheets that differ are drawn again. @param {Scene} scene */
  show(scene) {
    const old = this.scene;
    this.scene = scene;
    if (!old || old.view !== scene.view || old.tiles !== scene.tiles || old.heat !== scene.heat) this.#redraw("picture", "masks", "cursor");
    else this.#redraw("masks");
  }

  /** @param {import("./marks.js").Cursor | null} cursor what follows the pointer */
  point(cursor) {
    this.cursor = cursor;
    this.#redraw("cursor");
  }

  /** A tile has arrived. */
  refresh() {
    this.#redraw("picture");
  }

  /** Draws at once what waits for the next frame, and calls back when that frame has been painted. @param {() => void} callback */
  afterPaint(callback) {
    // The frame that comes has then only to be put together: waiting for it first would cost most of another one.
    if (this.frame) {
      cancelAnimationFrame(this.frame);
      this.#draw();
    }
    requestAnimationFrame(() => afterFrame(callback));
  }

  #redraw(...names) {
    for (const name of names) this.stale[name] = true;
    this.frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.frame = 0;
    const { scene, stale } = this;
    if (scene) {
      if (stale.picture) this.#onto("picture", (context) => drawPicture(context, scene, this.size));
      if (stale.masks) this.#onto("masks", (context) => drawMasks(context, scene));
      if (stale.cursor) this.#onto("cursor", (context) => drawCursor(context, scene.view, this.cursor));
    }
    this.stale = { picture: false, masks: false, cursor: false };
  }

  #onto(name, draw) {
    const context = this.sheets[name].getContext("2d");
    const ratio = devicePixelRatio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.size.width, this.size.height);
    draw(context);
  }

  #resize(element) {
    const { width, height } = element.getBoundingClientRect();
    this.size = { width: Math.max(width, 1), height: Math.max(height, 1) };
    for (const sheet of Object.values(this.sheets)) {
      sheet.width = Math.round(this.size.width * devicePixelRatio);
      sheet.height = Math.round(this.size.height * devicePixelRatio);
    }
    this.stale = { picture: true, masks: true, cursor: true };
    // At once: an emptied canvas would flash.
    if (this.scene) this.#draw();
  }
}

/** A task after the frame in progress has been handed to the screen. */
function afterFrame(callback) {
  const channel = new MessageChannel();
  channel.port1.onmessage = callback;
  channel.port2.postMessage(null);
}

function drawPicture(context, scene, size) {
  if (!scene.image) return;
  scene.tiles?.draw(context, scene.view, size);
  if (scene.heat) {
    // The picture shines through, so that one sees what the network thinks of what.
    context.globalAlpha = 0.78;
    drawInBox(context, scene.view, scene.heat.box, scene.heat.canvas);
    context.globalAlpha = 1;
  }
  if (scene.view.scale >= GRID_SCALE) drawGrid(context, scene.view, scene.image, size);
}

function drawMasks(context, scene) {
  if (scene.crop && scene.image) drawCrop(context, scene.view, scene.crop, scene.image);
  for (const { mask, colour, opacity, line } of scene.masks) {
    const layer = layerOf(mask);
    if (opacity > 0) fillInside(context, scene.view, layer, colour, opacity);
    if (scene.outlines) strokeOutline(context, scene.view, layer, line);
  }
  scene.stroke?.draw(context, scene.view);
  if (scene.preview) strokeOutline(context, scene.view, layerOf(scene.preview), { colour: "#ffffff", strong: true });
  for (const click of scene.clicks) drawClick(context, scene.view, click, scene.radius);
}

/** Stretches a bitmap over its box of the image; pixels stay squares from twice their size on. */
function drawInBox(context, view, box, bitmap) {
  const from = toScreen(view, box);
  const to = toScreen(view, { x: box.x + box.width, y: box.y + box.height });
  context.imageSmoothingEnabled = view.scale < 2;
  context.drawImage(bitmap, from.x, from.y, to.x - from.x, to.y - from.y);
}

/** To the pixel at every zoom: a coarse border would lose specks. */
function fillInside(context, view, layer, colour, opacity) {
  context.save();
  context.globalAlpha = opacity;
  const picture = pictureOf(layer, colour);
  if (picture) {
    drawInBox(context, view, layer.box, picture);
  } else {
    ontoLayer(context, view, layer);
    context.fillStyle = colour;
    context.fill(borderOf(layer, 1), "evenodd");
  }
  context.restore();
}

/** From now on places are pixels from the layer's top left corner. */
function ontoLayer(context, view, { box }) {
  context.translate(view.left + box.x * view.scale, view.top + box.y * view.scale);
  context.scale(view.scale, view.scale);
}

function strokeOutline(context, view, layer, { colour, strong }) {
  context.save();
  ontoLayer(context, view, layer);
  const border = borderOf(layer, view.scale);
  context.lineJoin = "bevel";
  if (strong) {
    context.lineWidth = 3 / view.scale;
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.stroke(border);
  }
  context.lineWidth = (strong ? 1.5 : 1.25) / view.scale;
  context.strokeStyle = colour;
  context.stroke(border);
  context.restore();
}

function drawGrid(context, view, image, size) {
  const first = toImage(view, { x: 0, y: 0 });
  const last = toImage(view, { x: size.width, y: size.height });
  const [left, right] = [Math.max(Math.floor(first.x), 0), Math.min(Math.ceil(last.x), image.width)];
  const [top, bottom] = [Math.max(Math.floor(first.y), 0), Math.min(Math.ceil(last.y), image.height)];
  context.beginPath();
  for (let x = left; x <= right; x++) {
    context.moveTo(x * view.scale + view.left, top * view.scale + view.top);
    context.lineTo(x * view.scale + view.left, bottom * view.scale + view.top);
  }
  for (let y = top; y <= bottom; y++) {
    context.moveTo(left * view.scale + view.left, y * view.scale + view.top);
    context.lineTo(right * view.scale + view.left, y * view.scale + view.top);
  }
  context.lineWidth = 1;
  context.strokeStyle = "rgb(128 128 128 / 38%)";
  context.stroke();
}

/** The crop that the network sees: the rest of the image is dimmed. */
function drawCrop(context, view, box, image) {
  const from = toScreen(view, box);
  const to = toScreen(view, { x: box.x + box.width, y: box.y + box.height });
  context.save();
  context.beginPath();
  context.rect(view.left, view.top, image.width * view.scale, image.height * view.scale);
  context.rect(from.x, from.y, to.x - from.x, to.y - from.y);
  context.fillStyle = "rgb(0 0 0 / 45%)";
  context.fill("evenodd");
  context.lineWidth = 2;
  context.setLineDash([7, 5]);
  context.strokeStyle = "#ffffff";
  context.strokeRect(from.x, from.y, to.x - from.x, to.y - from.y);
  context.restore();
}

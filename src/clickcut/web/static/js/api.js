/** Talks to the server; nothing else in the page does. */

/**
 * @typedef {import("./wire.js").WireMask} WireMask
 * @typedef {import("./bits.js").Box} Box
 * @typedef {{id: number, name: string, colour: string, num_objects: number}} Class
 * @typedef {{cascade_steps: number, adaptive: boolean, cascade_clicks: number, zoom: boolean, zoom_skip_clicks: number, zoom_expansion: number,
 *   zoom_min_side: number, size: number | null, flip: boolean, threshold: number}} Settings
 * @typedef {{name: string, title: string, suffix: string, can_import: boolean, lossy: boolean, note: string}} Format
 * @typedef {{todo: number, work: number, done: number}} Counts
 * @typedef {{name: string, num_images: number, counts: Counts, seconds: number, version: string, model: string, device: string, classes: Class[],
 *   settings: Settings, defaults: Settings, no_overlap: boolean, limits: Record<string, number>, formats: Format[]}} Workspace
 * @typedef {{id: string, name: string, index: number, state: "todo" | "work" | "done", num_objects: number, seconds: number, width: number | null,
 *   height: number | null, version: string, uploaded: boolean, leased: boolean, tile_size: number, levels: number, large: boolean}} Photo
 * @typedef {{x: number, y: number, positive: boolean}} Click
 * @typedef {{object_id: number | null, name: string, class_id: number, clicks: Click[], num_parts: number, num_strokes: number, has_start: boolean,
 *   window: Box | null, crop: Box | null, area: number, seconds: number}} Draft
 * @typedef {{id: number, name: string, class_id: number, hidden: boolean, open: boolean, area: number, box: Box, num_clicks: number, seconds: number,
 *   source: string, mask?: WireMask}} Cut a finished object
 * @typedef {{revision: number, ready: boolean, settings: Settings, no_overlap: boolean, done: boolean, can_undo: boolean, can_redo: boolean,
 *   undo_name: string | null, redo_name: string | null, seconds: number, draft: Draft}} Standing
 * @typedef {Standing & {session: string, image: Photo, objects: Cut[], mask: WireMask}} Opened
 * @typedef {Standing & {superseded: boolean, objects: Cut[] | null, masks: {id: number, mask: WireMask}[], mask: WireMask | null,
 *   timing: {total_ms: number, model_ms: number, waited_ms: number, passes: number, encodes: number}}} Change
 */

/** The server said no. */
export class Refused extends Error {
  /** @param {number} status @param {{code: string, message: string}} error */
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error;
  }
}

/** The server does not answer. */
export class Unreachable extends Error {}

const JSON_TYPE = { "content-type": "application/json" };

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function answerOf(path, init = {}) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable("the server does not answer", { cause: error });
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new Refused(response.status, told?.error ?? { code: "unknown", message: `the server answered ${response.status}` });
}

const jsonOf = async (path, init) => (await answerOf(path, init)).json();
const sending = (method, body) => ({ method, headers: JSON_TYPE, body: JSON.stringify(body) });
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ""));

/** @returns {Promise<Workspace>} */
export const workspace = () => jsonOf("/api/workspace");

/** @returns {Promise<{total: number, counts: Counts, images: Photo[]}>} */
export const photos = (wanted) => jsonOf(`/api/images?${query(wanted)}`);
/** @param {string} id @returns {Promise<Photo>} */
export const photo = (id) => jsonOf(`/api/images/${id}`);
/** @param {Photo} photo */
export const thumbnailOf = ({ id, version }) => `/api/images/${id}/thumbnail?v=${version}`;
/** @param {Photo} photo */
export const tileOf = ({ id, version }, level, row, column) => `/api/images/${id}/tiles/${level}/${column}/${row}?v=${version}`;
/** @param {File} file @returns {Promise<Photo>} */
export const upload = (file) => jsonOf(`/api/images?${query({ name: file.name })}`, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });

/** @returns {Promise<Class>} */
export const addClass = (name) => jsonOf("/api/classes", sending("POST", { name, colour: null }));
/** @returns {Promise<{classes: Class[]}>} */
export const changeClass = (id, changes) => jsonOf(`/api/classes/${id}`, sending("PATCH", changes));
/** @returns {Promise<{classes: Class[]}>} */
export const deleteClass = (id) => jsonOf(`/api/classes/${id}`, { method: "DELETE" });
/** @returns {Promise<{classes: Class[]}>} */
export const classes = () => jsonOf("/api/classes");

/** @param {string} image @param {boolean} take @returns {Promise<Opened>} */
export const openSession = (image, take) => jsonOf("/api/sessions", sending("POST", { image, take, masks: true }));
/** @param {string} session @returns {Promise<Opened>} */
export const session = (session) => jsonOf(`/api/sessions/${session}?masks=true`);
export const keep = (session) => jsonOf(`/api/sessions/${session}/keep`, { method: "POST" });
export const ready = (session, wait, signal) => jsonOf(`/api/sessions/${session}/ready?${query({ wait })}`, { signal });
/** Gives the lease back, also while the page goes away. A lease that cannot be given back lapses by itself. @returns {Promise<unknown>} */
export const close = (session) => answerOf(`/api/sessions/${session}/close`, { method: "POST", keepalive: true }).catch(() => {});

/**
 * One change of an image's work.
 * @param {string} session
 * @param {{method: string, path: string, body: Record<string, unknown> | Blob | null}} change
 * @param {{revision: number, base: number | null}} at
 * @returns {Promise<Change>}
 */
export function change(session, { method, path, body }, at) {
  const address = `/api/sessions/${session}/${path}`;
  if (body instanceof Blob) return jsonOf(`${address}?${query(at)}`, { method, headers: { "content-type": "application/octet-stream" }, body });
  if (body === null) return jsonOf(`${address}?${query(at)}`, { method });
  return jsonOf(address, sending(method, { ...body, ...at }));
}

/** @returns {Promise<{revision: number, mask: WireMask}>} */
export const mask = (session) => jsonOf(`/api/sessions/${session}/mask`);
/** @returns {Promise<{revision: number, mask: WireMask}>} */
export const preview = (session, click, signal) => jsonOf(`/api/sessions/${session}/preview`, { ...sending("POST", click), signal });

/** A picture of a part of the image, or null where there is none yet. @returns {Promise<{box: Box, picture: ImageBitmap} | null>} */
async function pictureOf(path) {
  const response = await answerOf(path);
  if (response.status === 204) return null;
  const [x, y, width, height] = (response.headers.get("Clickcut-Box") ?? "").split(",").map(Number);
  return { box: { x, y, width, height }, picture: await createImageBitmap(await response.blob()) };
}
export const probabilities = (session) => pictureOf(`/api/sessions/${session}/probabilities`);
export const crop = (session) => pictureOf(`/api/sessions/${session}/crop`);

/** @param {{format: string, image?: string, object?: number}} wanted @returns {Promise<{blob: Blob, name: string}>} */
export async function exported(wanted) {
  const response = await answerOf(`/api/export?${query(wanted)}`);
  const disposition = response.headers.get("content-disposition") ?? "";
  const encoded = /filename\*=(?:utf-8|UTF-8)''([^;]+)/.exec(disposition)?.[1];
  const name = encoded ? decodeURIComponent(encoded) : /filename="([^"]+)"/.exec(disposition)?.[1];
  return { blob: await response.blob(), name: name ?? "masks" };
}

/** @param {File} file @param {{format?: string, image?: string}} wanted @returns {Promise<{images: number, objects: number, skipped: {name: string, message: string}[]}>} */
export const imported = (file, wanted) =>
  jsonOf(`/api/import?${query({ ...wanted, name: file.name })}`, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });

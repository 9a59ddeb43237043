/** Masks on their way: a box and base64 of deflated bits. */

/**
 * @typedef {import("./bits.js").Mask} Mask
 * @typedef {{box: import("./bits.js").Box | null, bits: string, base: number | null, whole: boolean}} WireMask
 */

/** @param {WireMask} wire @returns {Promise<Mask | null>} null for an empty one */
export async function maskFrom(wire) {
  if (!wire.box || wire.bits === "") return null;
  const text = atob(wire.bits);
  const deflated = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) deflated[at] = text.charCodeAt(at);
  return { box: wire.box, bits: await inflated(deflated, (wire.box.width * wire.box.height + 7) >> 3) };
}

/** Written to the stream and read from it by hand: a Blob and a Response would take the bytes through another process, ten times as slowly. */
async function inflated(deflated, size) {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  Promise.all([writer.write(deflated), writer.close()]).catch(() => {}); // the reader meets the same error
  const reader = readable.getReader();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, at);
    at += part.value.length;
  }
  return bytes;
}

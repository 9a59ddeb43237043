/** Masks on their way: a box and base64 of deflated bits. */

/**
 * @typedef {import("./bits.js").Mask} Mask
 * @typedef {{box: import("./bits.js").Box | null, bits: string, base: number | null, whole: boolean}} WireMask
 */

/** @param {WireMask} wire @returns {Promise<Mask | null>} null for an empty one */
export async function maskFrom(wire) {
  if (!wire.box || wire.bits === "") return null;
  const text = atob(wire.bits);
  const deflated = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return { box: wire.box, bits: new Uint8Array(await new Response(stream).arrayBuffer()) };
}

/** The border of a mask as lines between pixels, so that it stays thin and exact at every zoom. */

/**
 * All edges between a pixel of the mask and one that is not, straight runs joined, in pixels of the bitmap from its top left corner.
 * @param {{width: number, height: number, pixels: Uint8Array}} bitmap one byte a pixel
 * @param {number} step image pixels a bitmap's pixel
 * @returns {Path2D}
 */
export function outlineOf({ width, height, pixels }, step = 1) {
  const path = new Path2D();
  for (let row = 0; row <= height; row++) {
    const above = row > 0 ? (row - 1) * width : -1;
    const below = row < height ? row * width : -1;
    let start = -1;
    for (let column = 0; column < width; column++) {
      const edge = (above < 0 ? 0 : pixels[above + column]) !== (below < 0 ? 0 : pixels[below + column]);
      if (edge && start < 0) start = column;
      if (!edge && start >= 0) {
        line(path, start * step, row * step, column * step, row * step);
        start = -1;
      }
    }
    if (start >= 0) line(path, start * step, row * step, width * step, row * step);
  }
  verticalEdges(path, { width, height, pixels }, step);
  return path;
}

/** Row by row, which is how memory lies; `open` remembers where each column's run began. */
function verticalEdges(path, { width, height, pixels }, step) {
  const open = new Int32Array(width + 1).fill(-1);
  for (let row = 0; row < height; row++) {
    const from = row * width;
    let before = 0;
    for (let column = 0; column <= width; column++) {
      const here = column < width ? pixels[from + column] : 0;
      if (here !== before) {
        if (open[column] < 0) open[column] = row;
      } else if (open[column] >= 0) {
        line(path, column * step, open[column] * step, column * step, row * step);
        open[column] = -1;
      }
      before = here;
    }
  }
  open.forEach((start, column) => {
    if (start >= 0) line(path, column * step, start * step, column * step, height * step);
  });
}

function line(path, x0, y0, x1, y1) {
  path.moveTo(x0, y0);
  path.lineTo(x1, y1);
}

/** The border of a mask as closed lines between its pixels, so that it stays thin and exact at every zoom. */

/**
 * All borders, of holes too, in pixels of the bitmap times `step`, from its top left corner. Points nearer than `tolerance` to the one before
 * are left out: where the screen shows less than a pixel, a staircase only costs time.
 * @param {import("./runs.js").Runs} runs @param {number} step @param {number} tolerance
 * @returns {Path2D}
 */
export function outlineOf(runs, step, tolerance) {
  const { x, y, across } = cornersOf(runs);
  const along = verticalMates(x, y, runs.width);
  const path = new Path2D();
  const seen = new Uint8Array(x.length);
  for (let first = 0; first < x.length; first++) {
    if (seen[first]) continue;
    path.moveTo(x[first] * step, y[first] * step);
    let last = first;
    let corner = first;
    let isHorizontal = true;
    do {
      seen[corner] = 1;
      if (corner !== first && Math.abs(x[corner] - x[last]) + Math.abs(y[corner] - y[last]) >= tolerance) {
        path.lineTo(x[corner] * step, y[corner] * step);
        last = corner;
      }
      corner = isHorizontal ? across[corner] : along[corner];
      isHorizontal = !isHorizontal;
    } while (corner !== first || !isHorizontal);
    path.closePath();
  }
  return path;
}

/** The ends of all horizontal edges, row by row and from left to right; `across[i]` is the other end of corner i's edge. */
function cornersOf({ height, from, starts, ends }) {
  const x = [];
  const y = [];
  const across = [];
  const bounds = [];
  for (let row = 0; row <= height; row++) {
    bounds.length = 0;
    // Where exactly one of the two rows has pixels there is an edge: all ends of runs sorted, those that both rows share gone.
    if (row > 0) for (let i = from[row - 1]; i < from[row]; i++) bounds.push(starts[i], ends[i]);
    if (row < height) for (let i = from[row]; i < from[row + 1]; i++) bounds.push(starts[i], ends[i]);
    bounds.sort(ascending);
    for (let i = 0, open = -1; i < bounds.length; i++) {
      if (i + 1 < bounds.length && bounds[i] === bounds[i + 1]) {
        i++;
        continue;
      }
      if (open < 0) {
        open = x.length;
        across.push(open + 1);
      } else {
        across.push(open);
        open = -1;
      }
      x.push(bounds[i]);
      y.push(row);
    }
  }
  return { x, y, across };
}

/** `along[i]` is the other end of the vertical edge at corner i: in each column, corners pair up from the top. */
function verticalMates(x, y, width) {
  const along = new Int32Array(x.length);
  const open = new Int32Array(width + 1).fill(-1);
  for (let corner = 0; corner < x.length; corner++) {
    const column = x[corner];
    if (open[column] < 0) {
      open[column] = corner;
    } else {
      along[corner] = open[column];
      along[open[column]] = corner;
      open[column] = -1;
    }
  }
  return along;
}

const ascending = (a, b) => a - b;

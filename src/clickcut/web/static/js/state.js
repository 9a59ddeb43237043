/** The page's state: one frozen value, changed by one function, and those who redraw from it. */

/**
 * @template T
 * @param {T} initial
 * @returns {{get: () => Readonly<T>, change: (part: Partial<T>) => void, onChange: (listener: (state: Readonly<T>, before: Readonly<T>) => void) => void}}
 */
export function createState(initial) {
  let state = Object.freeze({ ...initial });
  /** Those who listen hear of several changes of one task at once. */
  let before = null;
  const listeners = [];
  const tell = () => {
    const old = before;
    before = null;
    for (const listener of listeners) listener(state, old);
  };
  return {
    get: () => state,
    change(part) {
      if (before === null) {
        before = state;
        queueMicrotask(tell);
      }
      state = Object.freeze({ ...state, ...part });
    },
    onChange: (listener) => listeners.push(listener),
  };
}

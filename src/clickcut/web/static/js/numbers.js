/** Numbers as people read them. */

const FORMAT = new Intl.NumberFormat("en");

/** @param {number} value */
export const num = (value) => FORMAT.format(value);

/** Seconds as `0:07`, `12:30` or `1:05:00`. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.floor(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  return whole < 3600 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(whole / 3600)}:${two(minutes)}:${two(whole % 60)}`;
}

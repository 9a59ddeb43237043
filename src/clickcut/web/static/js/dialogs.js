/** Dialogs: the browser's own, which keep the focus inside and give it back. */

import { byId, element } from "./dom.js";

for (const dialog of document.querySelectorAll("dialog")) {
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  // A click on the backdrop meets the dialog itself, one inside meets what it holds.
  dialog.addEventListener("pointerdown", (event) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (event.target === dialog && !inside) dialog.close();
  });
}

/** @param {string} id */
export function open(id) {
  const dialog = byId(id);
  if (!dialog.open) dialog.showModal();
}

export const anyOpen = () => document.querySelector("dialog[open]") !== null;

/**
 * Asks before something is lost.
 * @param {string} question @param {string} yes what the button that goes ahead says
 * @returns {Promise<boolean>}
 */
export function ask(question, yes) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      dialog.close(value);
    };
    const dialog = element(
      "dialog",
      { role: "alertdialog", "aria-label": question },
      element("div", { class: "content ask" }, element("p", {}, question)),
      element(
        "footer",
        {},
        element("button", { type: "button", class: "button", onclick: answer("no") }, "Cancel"),
        element("button", { type: "button", class: "button", "data-kind": "primary", onclick: answer("yes") }, yes),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** What comes in and goes out as files: exports, and images, masks and objects from elsewhere. */

import * as api from "./api.js";
import * as dialogs from "./dialogs.js";
import { byId, element } from "./dom.js";
import { tell } from "./messages.js";

/**
 * @typedef {{photo: () => import("./api.js").Photo | null, opened: (photo: import("./api.js").Photo) => void, mask: (file: File) => Promise<unknown>, imported: () => Promise<void>}} Wishes
 */

/** @param {Wishes} wishes */
export function connectFiles(wishes) {
  byId("export-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    download({ format: String(form.get("format")), image: form.get("what") === "image" ? wishes.photo()?.id : undefined });
    byId("export-dialog").close();
  });
  onFiles("open-images", async (files) => {
    const added = [];
    for (const file of files) added.push(await api.upload(file));
    byId("import-dialog").close();
    wishes.opened(added[0]);
  });
  onFiles("open-mask", async ([file]) => {
    await wishes.mask(file);
    byId("import-dialog").close();
  });
  onFiles("open-objects", async ([file]) => {
    const told = await api.imported(file, { format: byId("import-format").value, image: wishes.photo()?.id });
    await wishes.imported();
    byId("import-dialog").close();
    tell(`Imported ${counted(told.objects, "object")} into ${counted(told.images, "image")}.`);
    const [first, ...further] = told.skipped;
    if (first) tell(`Left out ${first.name}: ${first.message}${further.length > 0 ? `, and ${further.length} more` : ""}`, "error");
  });
}

/** @param {import("./api.js").Format[]} formats */
export function showFormats(formats) {
  const legend = byId("formats").querySelector("legend");
  const choices = formats.map(({ name, title, suffix, note }, index) =>
    element(
      "label",
      {},
      element("input", { type: "radio", name: "format", value: name, checked: index === 0 }),
      element("span", {}, title, " ", element("span", { class: "suffix" }, suffix)),
      note ? element("span", { class: "note" }, note) : null,
    ),
  );
  byId("formats").replaceChildren(legend, ...choices);
  const importable = formats.filter(({ can_import: can }) => can).map(({ name, title }) => element("option", { value: name }, title));
  byId("import-format").replaceChildren(byId("import-format").firstElementChild, ...importable);
}

export function openExport() {
  dialogs.open("export-dialog");
}

export function openImport() {
  byId("import-note").textContent = "";
  dialogs.open("import-dialog");
}

/** @param {{format: string, image?: string, object?: number}} wanted */
export async function download(wanted) {
  try {
    const { blob, name } = await api.exported(wanted);
    const address = URL.createObjectURL(blob);
    element("a", { href: address, download: name }).click();
    // The download has its own hold on the data once it has begun.
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    tell(`Exported ${name}.`);
  } catch (error) {
    tell(`Not exported: ${error.message}`, "error");
  }
}

function onFiles(id, act) {
  const input = byId(id);
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    if (files.length === 0) return;
    byId("import-note").textContent = `Reading ${files.length === 1 ? files[0].name : `${files.length} files`} …`;
    try {
      await act(files);
    } catch (error) {
      byId("import-note").textContent = error.message;
    }
  });
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Holds the state of the page and joins its parts: what the user wants goes to the work, and what the work becomes is shown. */

import * as api from "./api.js";
import { actionsOf, connectActions } from "./actions.js";
import { Stage } from "./canvas.js";
import { connectClasses, showClasses } from "./classes.js";
import { byId, set } from "./dom.js";
import { connectFiles, download, showFormats } from "./files.js";
import { connectLooks, rememberedLook, showLook } from "./looks.js";
import { remember, remembered } from "./memory.js";
import { say, tell } from "./messages.js";
import { connectObjects, showObjects } from "./objects.js";
import { Page } from "./page.js";
import { Peeking, showPeeks } from "./peeking.js";
import { addressed, firstPhoto } from "./photos.js";
import { connectPresent, showPresent } from "./present.js";
import { connectRefinement, showRefinement } from "./refinement.js";
import { inWords, sceneOf, showWords } from "./scene.js";
import { sheet } from "./shortcuts.js";
import { createState } from "./state.js";
import { PAGE, Strip } from "./strip.js";
import { Viewing } from "./viewing.js";

/**
 * @typedef {{
 *   workspace: api.Workspace | null, counts: api.Counts, photo: api.Photo | null, shown: import("./work.js").Shown | null,
 *   mask: import("./bits.js").Mask | null, objectMasks: Map<number, import("./bits.js").Mask | null>, waiting: api.Click[], busy: boolean, gettingReady: boolean,
 *   away: boolean, opening: boolean, lost: {text: string, button: string} | null,
 *   tool: "include" | "exclude" | "brush" | "eraser" | "hand", brushSize: number, draftColour: string,
 *   view: import("./viewport.js").Viewport, look: import("./looks.js").Look, shows: {heat: boolean, crop: boolean, masks: boolean},
 *   heat: {box: api.Box, canvas: HTMLCanvasElement} | null, crop: {box: api.Box, picture: ImageBitmap} | null,
 *   preview: import("./bits.js").Mask | null, selected: number[], stroke: import("./brush.js").Stroke | null, strokeLength: number,
 *   place: {x: number, y: number} | null, cursor: import("./marks.js").Cursor | null, filter: {state: string, search: string},
 * }} State
 */

/** @type {ReturnType<typeof createState<State>>} */
const state = createState({
  workspace: null,
  counts: { todo: 0, work: 0, done: 0 },
  photo: null,
  shown: null,
  mask: null,
  objectMasks: new Map(),
  waiting: [],
  busy: false,
  gettingReady: false,
  away: false,
  opening: true,
  lost: null,
  tool: "include",
  brushSize: 24,
  draftColour: "#3cb44b",
  view: { scale: 1, left: 0, top: 0 },
  look: rememberedLook(),
  shows: { heat: false, crop: false, masks: true },
  heat: null,
  crop: null,
  preview: null,
  selected: [],
  stroke: null,
  strokeLength: 0,
  place: null,
  cursor: null,
  filter: { state: "all", search: "" },
});

const stage = new Stage(byId("stage"), () => viewing?.resized());
const page = new Page(state, stage);
const peeking = new Peeking(state, page);
const viewing = new Viewing(state, stage, {
  click: (pixel, positive, since) => {
    hideHint();
    page.click({ ...pixel, positive }, since, state.get().photo.large ? viewing.inSight : null);
  },
  stroke: (stroke) => page.change("POST", "strokes", { strokes: [stroke.wire] }),
  hover: (pixel, positive) => peeking.hover(pixel, positive),
});
const actions = actionsOf(state, page, viewing);
const strip = new Strip(
  (photo) => page.open(photo),
  (number) => {
    const { filter } = state.get();
    return api.photos({ offset: number * PAGE, limit: PAGE, state: filter.state === "all" ? null : filter.state, search: filter.search });
  },
);

function connect() {
  connectActions(actions, (held) => viewing.holdSpace(held));
  connectPresent({
    classChosen: (id) => page.change("PUT", "draft", { class_id: id }),
    clickRemoved: (index) => page.change("DELETE", `clicks/${index}`, null),
    brushSized: (brushSize) => state.change({ brushSize }),
  });
  connectObjects({
    select: (id, extend) => state.change({ selected: extend ? [...state.get().selected.filter((one) => one !== id), id] : [id] }),
    change: (id, changes) => page.change("PATCH", `objects/${id}`, changes),
    reopen: (id) => page.change("POST", `objects/${id}/reopen`),
    remove: (id) => page.change("DELETE", `objects/${id}`, null),
    merge: () => actions["object-merge"](),
    exportOne: (id) => download({ format: "cutouts", image: state.get().photo.id, object: id }),
  });
  connectClasses({
    choose: (id) => page.change("PUT", "draft", { class_id: id }),
    add: (name) => classesAfter(api.addClass(name).then(() => api.classes())),
    change: (id, changes) => classesAfter(api.changeClass(id, changes)),
    remove: (id) => classesAfter(api.deleteClass(id)),
  });
  connectRefinement({
    settings: (changes) => putSettings({ ...state.get().shown.settings, ...changes }, state.get().shown.no_overlap),
    noOverlap: (on) => putSettings(state.get().shown.settings, on),
    defaults: () => putSettings(state.get().workspace.defaults, state.get().shown.no_overlap),
  });
  connectLooks((changes) => state.change({ look: { ...state.get().look, ...changes } }));
  connectFiles({
    photo: () => state.get().photo,
    opened: async (photo) => {
      await readWorkspace();
      await strip.reset();
      await page.open(photo);
    },
    mask: (file) => page.change("POST", "mask-file", file),
    imported: async () => {
      await readWorkspace();
      await Promise.all([strip.reset(), page.work?.reload()]);
    },
  });
  byId("filter").addEventListener("change", (event) => filter({ state: event.target.value }));
  byId("find").addEventListener("input", (event) => filter({ search: event.target.value.trim() }));
  byId("veil-go").addEventListener("click", () => page.openAgain(true));
  byId("hint-close").addEventListener("click", hideHint);
  addEventListener("hashchange", async () => {
    const id = addressed();
    if (id && id !== state.get().photo?.id) await page.open(await api.photo(id));
  });
  byId("keys").append(...sheet());
}

const putSettings = (settings, no_overlap) => page.change("PUT", "settings", { settings, no_overlap, remember: true });

async function classesAfter(change) {
  try {
    const { classes } = await change;
    state.change({ workspace: { ...state.get().workspace, classes } });
  } catch (error) {
    tell(error.message, "error");
  }
}

function filter(changes) {
  state.change({ filter: { ...state.get().filter, ...changes } });
  strip.reset();
}

async function readWorkspace() {
  const workspace = await api.workspace();
  state.change({ workspace, counts: workspace.counts });
  document.title = `${workspace.name} · clickcut`;
  showFormats(workspace.formats);
  byId("about").textContent = `clickcut ${workspace.version}, model ${workspace.model} on ${workspace.device}.`;
}

function hideHint() {
  byId("hint").hidden = true;
  remember("hint-seen", true);
}

/** The counts, the strip's entry and how many objects each class has follow what is done with the image. */
async function refreshPhoto(id) {
  const [photo, { classes }, { counts }] = await Promise.all([api.photo(id), api.classes(), api.photos({ limit: 1 })]);
  strip.update(photo);
  state.change({ counts, workspace: { ...state.get().workspace, classes } });
}

/** @param {State} now @param {State} before */
function show(now, before) {
  const differs = (...names) => names.some((name) => now[name] !== before[name]);
  if (differs("photo", "view", "shown", "mask", "waiting", "shows", "look", "heat", "crop", "preview", "stroke", "strokeLength", "selected", "workspace")) {
    stage.show(sceneOf(now, page.tiles));
  }
  if (differs("cursor", "view", "brushSize")) stage.point(now.cursor);
  if (differs("shown", "workspace", "mask", "waiting", "tool", "brushSize")) showPresent(now);
  if (differs("shown", "workspace", "selected", "look")) showObjects(now);
  if (differs("shown", "workspace")) {
    showClasses(now);
    showRefinement(now);
  }
  if (differs("look")) showLook(now.look);
  if (differs("shows", "heat", "crop")) showPeeks(now);
  if (differs("shown", "shows")) peeking.follow(now);
  showWords(now);
  showTools(now);
  const revised = now.shown && before.shown && now.shown.session === before.shown.session && now.shown.revision !== before.shown.revision;
  if (revised) say(inWords(now));
  if (revised && (now.shown.objects !== before.shown.objects || now.shown.done !== before.shown.done)) refreshPhoto(now.photo.id).catch(() => {});
}

function showTools({ tool, shows, lost }) {
  for (const name of ["include", "exclude", "brush", "eraser", "hand"]) byId(`tool-${name}`).setAttribute("aria-pressed", String(tool === name));
  for (const name of ["heat", "crop"]) byId(`show-${name}`).setAttribute("aria-pressed", String(shows[name]));
  // Pressed is the unusual: masks that are out of sight.
  byId("show-masks").setAttribute("aria-pressed", String(!shows.masks));
  set(byId("veil"), "hidden", lost === null);
  if (!lost) return;
  set(byId("veil-text"), "textContent", lost.text);
  set(byId("veil-go"), "textContent", lost.button);
  set(byId("veil-go"), "hidden", false);
}

async function begin() {
  connect();
  showLook(state.get().look);
  state.onChange(show);
  page.onPhoto = (photo) => strip.showCurrent(photo.id, state.get().filter.state === "all" && state.get().filter.search === "" ? photo.index : null);
  byId("hint").hidden = remembered("hint-seen", false);
  try {
    await readWorkspace();
    byId("strip").hidden = state.get().workspace.num_images < 2;
    strip.reset();
    const photo = await firstPhoto();
    if (photo) await page.open(photo);
    else {
      state.change({ opening: false });
      tell("There is no image here yet. Press Ctrl+O to open some.");
    }
  } catch (error) {
    state.change({ opening: false });
    tell(`The page cannot begin: ${error.message}`, "error");
  }
}

begin();

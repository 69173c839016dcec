// @ts-check
/**
 * Layers over the chat: an open photo, a dialog, a menu. The browser's Back closes the topmost one.
 *
 * Each open layer needs one history entry above the chat's own. `history.state.layers` counts these entries. A layer
 * that is closed by other means leaves its entry behind: the next layer uses it again, and Back steps over it.
 */

/** @type {(() => void)[]} */
const open = [];

/** History entries that stand above the chat's own. */
export const addedEntries = () => history.state?.layers ?? 0;

let last = { hash: location.hash, added: addedEntries() };

/** Registers a layer that has just opened. @param {() => void} close called when Back is pressed */
export function addLayer(close) {
  open.push(close);
  if (open.length > addedEntries()) history.pushState({ ...history.state, layers: open.length }, "");
  last = { hash: location.hash, added: addedEntries() };
}

/** Removes a layer that was closed by other means than Back. @param {() => void} close as given to `addLayer` */
export function removeLayer(close) {
  const at = open.lastIndexOf(close);
  if (at >= 0) open.splice(at, 1);
}

/** @param {number} count layers that stay open */
function closeDownTo(count) {
  while (open.length > count) open.pop()?.();
}

addEventListener("popstate", () => {
  const before = last;
  last = { hash: location.hash, added: addedEntries() };
  if (last.hash !== before.hash) return closeDownTo(0);
  if (last.added >= before.added) return;
  const wasOpen = open.length > last.added;
  closeDownTo(last.added);
  if (!wasOpen) history.back(); // the entry of a layer that was closed before
});

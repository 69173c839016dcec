// @ts-check
/** What arrives while a finger or the mouse is down waits: the page must not move between the two halves of a click. */

/** A press longer than this counts as ended: its end is not always told, as on a scroll bar. */
const LONGEST_MS = 1500;
/** A tap's click comes this late after the finger, at most. */
const CLICK_MS = 60;

/** @type {(() => void)[]} */
const waiting = [];
let timer = 0;

/** Runs now, or in turn after the press that is going on. @param {() => void} run */
export function runBetweenPresses(run) {
  if (timer) waiting.push(run);
  else run();
}

/** @param {number} ms */
function holdFor(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    for (const run of waiting.splice(0)) queueMicrotask(run);
  }, ms);
}

addEventListener("pointerdown", () => holdFor(LONGEST_MS), { capture: true, passive: true });
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, (event) => {
  if (timer && (end !== "blur" || event.target === window)) holdFor(CLICK_MS);
}, { capture: true, passive: true });

// @ts-check
/** Touch gestures on a message: a swipe to the left replies, a long press opens its menu. */

const ENOUGH_PX = 56;
const FARTHEST_PX = 84;
const LONG_PRESS_MS = 480;
const STILL_PX = 10;

/** @param {HTMLElement} element @param {() => void} run */
export function onSwipe(element, run) {
  let startX = 0;
  let startY = 0;
  let shift = 0;
  let active = false;
  const move = (/** @type {number} */ px) => {
    shift = px;
    element.style.setProperty("--swipe", `${px}px`);
    element.classList.toggle("swiping", px !== 0);
    element.classList.toggle("swiped", px <= -ENOUGH_PX);
  };
  element.addEventListener("pointerdown", (event) => {
    active = event.pointerType === "touch";
    startX = event.clientX;
    startY = event.clientY;
  });
  element.addEventListener("pointermove", (event) => {
    if (!active) return;
    const dx = event.clientX - startX;
    if (shift === 0 && Math.abs(event.clientY - startY) > 12) active = false;
    else if (dx < -10) move(Math.max(-FARTHEST_PX, dx));
  });
  const end = (/** @type {boolean} */ counts) => {
    if (active && counts && shift <= -ENOUGH_PX) run();
    active = false;
    if (shift !== 0) move(0);
  };
  element.addEventListener("pointerup", () => end(true));
  element.addEventListener("pointercancel", () => end(false));
}

/** @param {HTMLElement} element @param {(at: {x: number, y: number}) => void} run */
export function onLongPress(element, run) {
  let timer = 0;
  let start = { x: 0, y: 0 };
  const cancel = () => clearTimeout(timer);
  element.addEventListener("pointerdown", (event) => {
    const inner = /** @type {HTMLElement} */ (event.target).closest("a, .key, .quote-more");
    if (event.pointerType !== "touch" || inner) return;
    start = { x: event.clientX, y: event.clientY };
    timer = setTimeout(() => run(start), LONG_PRESS_MS);
  });
  element.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL_PX) cancel();
  });
  for (const kind of ["pointerup", "pointercancel"]) element.addEventListener(kind, cancel);
  element.addEventListener("contextmenu", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType === "touch") event.preventDefault();
  });
}

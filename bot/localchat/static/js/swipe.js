// @ts-check
/** Swiping a message to the left with a finger replies to it. */

const ENOUGH_PX = 56;
const FARTHEST_PX = 84;

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

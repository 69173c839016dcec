"""Checks that run in the page; each returns a list of problems."""

# Controls that a screen reader could not name.
NAMELESS = """() => [...document.querySelectorAll("button, a, input, select, textarea, [role=button]")]
  .filter(element => element.checkVisibility())
  .filter(element => !(element.getAttribute("aria-label") || element.innerText || element.labels?.length
    || element.querySelector("img[alt]:not([alt=''])")))
  .map(element => element.outerHTML)"""

# Targets under 44 by 44 CSS pixels; links inside a text are as high as the text.
TOO_SMALL = """() => [...document.querySelectorAll("button, a, select, [role=menuitem]")]
  .filter(element => element.checkVisibility({opacityProperty: true}) && !element.closest(".text"))
  .map(element => [element.outerHTML.slice(0, 120), element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""

# Texts with less than 4.5 to 1 against what is behind them (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = rgb(getComputedStyle(element).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("#app *")) {
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const seen = element.checkVisibility({opacityProperty: true}) && !element.matches(".visually-hidden");
    if (!hasText || !seen) continue;
    const both = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(...both) + .05) / (Math.min(...both) + .05);
    const what = `${element.className} ${element.textContent.slice(0, 40)}`;
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${what}`);
  }
  return poor;
}"""

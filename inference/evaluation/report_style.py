"""The style of the evaluation's page: one sheet, no font or picture from elsewhere; light, dark and print."""

STYLE = """
:root { color-scheme: light dark; --page: #fbfaf8; --sheet: #ffffff; --ink: #1d2530; --soft: #5b6675;
  --line: #e3e1dc; --accent: #2a5d78; --pair: #1f4e68; --cnn: #c8702a; --vit: #4c8f77;
  --low: #4a86c5; --moderate: #e0a33a; --high: #c8483c; --none: #a3a9b2; --band: #2a5d7814; }
@media (prefers-color-scheme: dark) { :root { --page: #14181d; --sheet: #1b2027; --ink: #e8eaed;
  --soft: #a2acb8; --line: #303842; --accent: #8cc3df; --pair: #8cc3df; --cnn: #e89a5b; --vit: #7cc4a8;
  --low: #6ea5e0; --moderate: #e5b45c; --high: #e0695d; --none: #79828d; --band: #8cc3df1f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 72px; }
header { border-bottom: 3px solid var(--accent); margin-bottom: 28px; padding-bottom: 18px; }
h1 { font-size: 34px; line-height: 1.15; margin: 0 0 6px; letter-spacing: -0.02em; }
h2 { font-size: 23px; margin: 48px 0 10px; letter-spacing: -0.01em; }
h3 { font-size: 17px; margin: 26px 0 8px; }
p { margin: 8px 0; max-width: 72ch; } .soft, figcaption, .note { color: var(--soft); }
.note { font-size: 14px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 14px;
  margin: 22px 0; }
.tile { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
.tile b { display: block; font-size: 31px; line-height: 1.2; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; color: var(--accent); }
.tile span { font-size: 14px; color: var(--soft); display: block; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 6px 18px 18px;
  margin: 18px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; max-width: 42ch; }
th { color: var(--soft); font-weight: 600; } tbody th { color: var(--ink); }
td small { white-space: nowrap; font-weight: 400; color: var(--soft); font-size: 12px; display: block; }
td.bar { width: 34%; min-width: 180px; }
caption { text-align: left; color: var(--soft); font-size: 14px; padding: 4px 0 6px; white-space: normal; }
figure { margin: 0; } figcaption { font-size: 14px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 18px; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--soft); } svg .tick { font-size: 10.5px; } svg.moves { font-size: 14px;
  max-width: 720px; }
svg.moves text { fill: var(--ink); } svg.moves .tick { fill: var(--soft); font-size: 12px; }
.stack { display: flex; height: 18px; border-radius: 5px; overflow: hidden; }
polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.guide { stroke: var(--none); stroke-width: 1.2; stroke-dasharray: 4 4; } .band { fill: var(--band); }
polyline.pair { stroke: var(--pair); stroke-width: 3; } polyline.cnn { stroke: var(--cnn); }
polyline.vit { stroke: var(--vit); } .whisker { stroke: var(--accent); stroke-width: 2; opacity: .7; }
.dot { fill: var(--accent); }
.key { font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 6px 0; }
.key i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; }
i.pair { background: var(--pair); } i.cnn { background: var(--cnn); } i.vit { background: var(--vit); }
i.low { background: var(--low); } i.moderate { background: var(--moderate); }
i.high { background: var(--high); } i.not_assessable { background: var(--none); }
.sheetlet { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 14px; }
.sheetlet img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px; display: block; }
.sheetlet figcaption { font-size: 12px; line-height: 1.35; margin-top: 5px; overflow-wrap: anywhere; }
code { font-size: 13px; overflow-wrap: anywhere; }
@media print { :root { color-scheme: light; --page: #fff; --sheet: #fff; --ink: #111; --soft: #444;
  --line: #ccc; --accent: #1f4e68; --pair: #1f4e68; --cnn: #b05a14; --vit: #2f7a5f; --band: #1f4e6814;
  --low: #4a86c5; --moderate: #e0a33a; --high: #c8483c; --none: #a3a9b2; }
  main { max-width: none; padding: 0; } body { font-size: 11pt; } .scroll { overflow: visible; }
  .sheet, .tile { border-radius: 0; } .sheet, figure, tr, .tile { break-inside: avoid; }
  h2, h3 { break-after: avoid; } th, td { padding-right: 6px; font-size: 8.5pt; white-space: normal; }
  svg, .stack, .key i { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""

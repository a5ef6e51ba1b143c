/** The chat page's style: colours, type, buttons, and how a line looks. */

/** What things look like. */
export const LOOK = `
:root {
  --page: #ffffff;
  --side: #f4f5f7;
  --edge: #e2e5e9;
  --ink: #1c2127;
  --soft: #5b6470;
  --accent: #0f766e;
  --on-accent: #ffffff;
  --hover: #e8ebee;
  --chosen: #dcefec;
  --mark: #fff6d6;
  --bad: #b42318;
  --wait: #b54708;
  --nick: 0.47 0.13;
  --face: 0.91 0.055;
  --shadow: 0 8px 30px rgb(20 30 40 / 14%);
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b;
    --side: #1b1f24;
    --edge: #2b3138;
    --ink: #e3e7eb;
    --soft: #98a2ad;
    --accent: #2fb8a9;
    --on-accent: #04201c;
    --hover: #272d34;
    --chosen: #173b38;
    --mark: #332d17;
    --bad: #ff8a7a;
    --wait: #f5b759;
    --nick: 0.8 0.11;
    --face: 0.33 0.055;
    --shadow: 0 8px 30px rgb(0 0 0 / 50%);
    color-scheme: dark;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body {
  background: var(--page);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
h1, h2, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
body > svg { position: absolute; }
noscript { display: block; padding: 2rem; }
a { color: var(--accent); text-underline-offset: 2px; overflow-wrap: anywhere; }
.soft { color: var(--soft); }

button, input, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 1px solid var(--edge); border-radius: 8px; background: var(--page); padding: .45rem .9rem; }
button:disabled { opacity: .55; cursor: default; }
button.plain { border: 0; background: none; padding: 0; text-align: start; border-radius: 4px; }
button.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); font-weight: 600; }
button.icon { display: inline-flex; align-items: center; justify-content: center; gap: .35rem; min-width: 40px; height: 40px; padding: 0 .55rem; border-color: transparent; background: none; }
button.primary.icon { background: var(--accent); border-radius: 10px; }
input, textarea { width: 100%; border: 1px solid var(--edge); border-radius: 8px; background: var(--page); padding: .5rem .7rem; }
::placeholder { color: var(--soft); opacity: 1; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
input:focus-visible, textarea:focus-visible { outline-offset: -1px; border-color: transparent; }

.card { display: grid; gap: .35rem; width: min(23rem, 100%); padding: 2rem 1.75rem; border: 1px solid var(--edge); border-radius: 16px; background: var(--page); box-shadow: var(--shadow); }
.card h1 { font-size: 1.5rem; line-height: 1.2; margin-top: .5rem; }
.card h2 { font-size: 1.1rem; }
.card label { margin-top: .6rem; font-size: .85rem; font-weight: 600; }
#password-field { display: grid; gap: .35rem; }
.card .primary { margin-top: 1.1rem; padding: .6rem; }
.card .emblem { width: 44px; height: 44px; padding: 8px; border-radius: 12px; background: var(--chosen); color: var(--accent); }
.note { margin-top: .5rem; padding: .5rem .7rem; border-radius: 8px; background: var(--mark); overflow-wrap: anywhere; }
.row { display: flex; justify-content: flex-end; gap: .5rem; margin-top: 1rem; }
.row .primary { margin: 0; padding: .45rem 1.4rem; }
dialog { padding: 0; border: 0; border-radius: 16px; background: none; color: inherit; width: min(23rem, calc(100vw - 2rem)); }
dialog::backdrop { background: rgb(10 15 20 / 45%); }

.face { display: grid; place-items: center; width: 34px; height: 34px; border-radius: 10px; background: oklch(var(--face) var(--hue)); color: oklch(var(--nick) var(--hue)); font-weight: 700; font-size: .95rem; line-height: 1; user-select: none; text-transform: uppercase; }
.nick { color: oklch(var(--nick) var(--hue)); font-weight: 650; }
.count { min-width: 1.35rem; padding: 0 .4rem; border-radius: 1rem; background: var(--edge); font-size: .75rem; font-weight: 650; line-height: 1.35rem; text-align: center; font-variant-numeric: tabular-nums; }
.count.called { background: var(--accent); color: var(--on-accent); }

.line { position: relative; display: grid; grid-template-columns: 34px minmax(0, 1fr); column-gap: .75rem; padding: .1rem 1.25rem .1rem; }
.line.said { padding-top: .55rem; }
.line.follows { padding-top: .1rem; }
.line.called { background: var(--mark); }
.line > .face { grid-row: 1 / span 2; margin-top: .15rem; }
.by, .said > .text { grid-column: 2; }
.by { display: flex; align-items: baseline; gap: .55rem; line-height: 1.35; }
.by .nick { overflow: hidden; text-overflow: ellipsis; }
time { color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.text { min-width: 0; max-width: 54rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.follows > .face { visibility: hidden; height: 0; margin: 0; }
.follows .by { position: absolute; left: 1.25rem; top: .3rem; width: 34px; justify-content: center; }
.follows .by .nick { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.follows .by time { font-size: .66rem; opacity: 0; }
.action { align-items: center; }
.action > .face { grid-row: auto; margin: 0; }
.action .nick, .action .words { font-style: italic; }
.action time { margin-inline-start: .15rem; }
.notice .text { color: var(--soft); }
.info { padding-top: .12rem; padding-bottom: .12rem; color: var(--soft); font-size: .86rem; }
.info time { font-size: .66rem; line-height: 1.95; justify-self: center; opacity: .8; }
.info.bad .text { color: var(--bad); }
@media (hover: hover) {
  button:hover { background: var(--hover); }
  button.plain:hover { background: none; text-decoration: underline; }
  button.primary:hover, button.primary.icon:hover { background: var(--accent); filter: brightness(1.08); }
  .line:hover:not(.called) { background: color-mix(in srgb, var(--hover) 45%, transparent); }
  .follows:hover .by time { opacity: 1; }
}
.line[data-day]::before { content: attr(data-day); grid-column: 1 / -1; display: block; margin: .9rem auto .6rem; padding: .1rem .8rem; border: 1px solid var(--edge); border-radius: 1rem; background: var(--page); color: var(--soft); font-size: .75rem; font-weight: 600; font-style: normal; }
.line[data-day] > .face { grid-row: 2 / span 2; }
.line.first-new::after { content: "New"; position: absolute; inset: -.05rem 1.25rem auto; border-top: 1px solid var(--accent); color: var(--accent); font-size: .66rem; font-weight: 700; line-height: 1; text-align: end; padding-top: 2px; pointer-events: none; }
`;

/** The status page's style, for wide windows and phones, light and dark. */

/** What things look like, and where they stand. */
export const STYLE = `
:root {
  --page: #ffffff; --side: #f4f5f7; --edge: #e2e5e9; --ink: #1c2127; --soft: #5b6470; --accent: #0f766e;
  --up: #15803d; --failing: #b45309; --suspect: #7c3aed; --down: #b42318; --new: #5b6470; --alarm: #fdecea;
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --side: #1b1f24; --edge: #2b3138; --ink: #e3e7eb; --soft: #98a2ad; --accent: #2fb8a9;
    --up: #4ade80; --failing: #f5b759; --suspect: #b79cff; --down: #ff8a7a; --new: #98a2ad; --alarm: #3a1d1a;
    color-scheme: dark;
  }
}
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--side); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
h1, h2, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .87em; }
.soft { color: var(--soft); }
noscript { display: block; padding: 2rem; }
header { display: flex; align-items: baseline; gap: 1rem; max-width: 76rem; margin: 0 auto; padding: 1.25rem 1.5rem .25rem; }
h1 { font-size: 1.35rem; }
h2 { font-size: 1.05rem; }
#link { color: var(--soft); font-size: .85rem; }
#link::before { content: ""; display: inline-block; width: .55rem; height: .55rem; margin-right: .45rem; border-radius: 50%; background: var(--failing); }
#link.live::before { background: var(--up); }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 24rem); gap: 1rem; max-width: 76rem; margin: 0 auto; padding: .75rem 1.5rem 2rem; align-items: start; }
#alarm, #figures { grid-column: 1 / -1; }
#alarm { padding: .7rem 1rem; border-radius: 10px; background: var(--alarm); border: 1px solid var(--down); }
#figures { display: flex; flex-wrap: wrap; gap: .6rem; }
#figures div { flex: 1 1 6.5rem; padding: .6rem .9rem; border: 1px solid var(--edge); border-radius: 12px; background: var(--page); }
#figures dt { color: var(--soft); font-size: .78rem; }
#figures dd { font-size: 1.35rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }
section { min-width: 0; padding: .9rem 1rem 1rem; border: 1px solid var(--edge); border-radius: 14px; background: var(--page); }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 2.3rem; margin-bottom: .35rem; }
.bar label { font-size: .85rem; }
#filter { font: inherit; color: inherit; width: min(14rem, 55%); padding: .3rem .7rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--page); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.service { border-top: 1px solid var(--edge); }
.service > button {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; width: 100%; padding: .55rem .25rem; border: 0; background: none;
  font: inherit; color: inherit; text-align: start; cursor: pointer;
}
.service .name { font-weight: 650; overflow-wrap: anywhere; }
.service .about, .service .when { color: var(--soft); font-size: .85rem; }
.service .about { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.service .when { text-align: end; white-space: nowrap; }
.states { display: flex; flex-wrap: wrap; gap: .35rem; justify-content: flex-end; }
.state { display: inline-flex; align-items: center; gap: .35rem; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .78rem; font-weight: 600; white-space: nowrap; }
.state.up { color: var(--up); } .state.failing { color: var(--failing); } .state.suspect { color: var(--suspect); }
.state.down, .state.dropped { color: var(--down); } .state.new { color: var(--new); }
.instances { padding: 0 .25rem .5rem; }
.instance { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .1rem .75rem; align-items: center; padding: .45rem .7rem; margin-bottom: .35rem; border-radius: 10px; background: var(--side); }
.instance .facts { grid-column: 1 / -1; color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; unicode-bidi: isolate; }
.instance .mono { overflow-wrap: anywhere; }
.instance .when { color: var(--soft); font-size: .82rem; white-space: nowrap; }
#none, #more { padding: .5rem .25rem; }
#log { font-size: .85rem; max-height: 70vh; overflow-y: auto; overscroll-behavior: contain; }
#log li { padding: .4rem .25rem; border-top: 1px solid var(--edge); overflow-wrap: anywhere; }
#log .head { display: flex; gap: .6rem; align-items: baseline; }
#log .what { font-weight: 650; }
#log .what.down, #log .what.dropped, #log .what.lapsed, #log .what.refused { color: var(--down); }
#log .what.up { color: var(--up); } #log .what.suspect { color: var(--suspect); }
#log time { margin-left: auto; color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
#log .rest { color: var(--soft); unicode-bidi: isolate; }
#log.terse li.lookup { display: none; }
@media (max-width: 860px) {
  main { grid-template-columns: minmax(0, 1fr); padding: .5rem .75rem 1.5rem; }
  header { padding: 1rem 1rem .25rem; }
  section { padding: .75rem .8rem .8rem; }
  #figures div { flex-basis: 21%; padding: .45rem .6rem; }
  #figures dd { font-size: 1.15rem; }
  #log { max-height: none; }
}
`;

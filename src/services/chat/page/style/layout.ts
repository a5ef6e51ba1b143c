/** The chat page's style: what stands where, on a wide window and on a phone. */

/** Where things stand. */
export const LAYOUT = `
#start { display: grid; place-items: center; min-height: 100dvh; padding: 1rem; background: var(--side); }
#chat { display: grid; grid-template: minmax(0, 1fr) / 15rem minmax(0, 1fr) 13rem; height: 100dvh; overflow: hidden; }
#chat.alone { grid-template-columns: 15rem minmax(0, 1fr); }
#chat.alone #people, #chat.alone #show-people, #chat.alone #edit-topic { display: none; }

#rooms, #people { display: flex; flex-direction: column; min-height: 0; background: var(--side); padding: .75rem .6rem; overflow-y: auto; overscroll-behavior: contain; }
#rooms { border-right: 1px solid var(--edge); }
#people { border-left: 1px solid var(--edge); }
#rooms h2, #people h2 { padding: .6rem .6rem .3rem; font-size: .72rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
.entry { display: flex; align-items: center; border-radius: 8px; }
.entry > .go { flex: 1; min-width: 0; display: flex; align-items: center; gap: .5rem; border: 0; background: none; padding: .38rem .6rem; text-align: start; }
.entry .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 1; }
.entry.chosen { background: var(--chosen); }
.entry > .go:hover, .entry > .close:hover { background: none; }
@media (hover: hover) { .entry:not(.chosen):hover { background: var(--hover); } }
.entry.chosen .name, .entry.waiting .name { font-weight: 650; }
.entry.gone .name, .entry.away .name { opacity: .55; }
.entry .close { border: 0; background: none; padding: .25rem; margin-right: .25rem; display: none; color: var(--soft); }
.entry .close svg { width: 14px; height: 14px; }
.entry:hover .close, .entry.chosen .close, .entry:focus-within .close { display: grid; }
.entry .face { width: 22px; height: 22px; border-radius: 7px; font-size: .68rem; }
.rank { color: var(--soft); font-size: .72rem; }
#join-form { padding: .6rem; }
#join-form input { padding: .35rem .6rem; font-size: .9rem; }
#self { display: flex; align-items: center; gap: .6rem; margin-top: auto; padding: .75rem .6rem .25rem; }
#self-nick { flex: 1; min-width: 0; font-weight: 650; overflow: hidden; text-overflow: ellipsis; }
#leave { font-size: .85rem; }

#talk { position: relative; display: flex; flex-direction: column; min-width: 0; min-height: 0; }
#talk > header { display: flex; align-items: center; gap: .5rem; min-height: 3.6rem; padding: .4rem 1rem .4rem 1.25rem; border-bottom: 1px solid var(--edge); }
#title { flex: 1; min-width: 0; display: flex; align-items: baseline; gap: .8rem; }
#title h1 { font-size: 1.1rem; line-height: 1.3; flex: none; max-width: 60%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#topic { min-width: 0; margin: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); font-size: .9rem; unicode-bidi: isolate; }
#topic a { color: inherit; }
#edit-topic { color: var(--soft); }
#edit-topic svg { width: 17px; height: 17px; }
#show-rooms, #show-people { display: none; }
#people-count { font-size: .85rem; font-variant-numeric: tabular-nums; }

#panes { position: relative; flex: 1; min-height: 0; }
.pane { position: absolute; inset: 0; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; display: flex; flex-direction: column; padding: .75rem 0 .5rem; }
.pane > .log { margin-top: auto; }
.earlier { align-self: center; margin-bottom: .5rem; font-size: .85rem; padding: .25rem .9rem; border-radius: 1rem; color: var(--soft); }
#to-end { position: absolute; right: 1.25rem; bottom: 6.3rem; z-index: 1; display: flex; align-items: center; gap: .35rem; padding: .35rem .8rem; border-radius: 1rem; box-shadow: var(--shadow); font-size: .85rem; }
#to-end svg { width: 16px; height: 16px; }

#state { display: flex; align-items: baseline; gap: .6rem; min-height: 1.6rem; padding: .1rem 1.25rem; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
#state-text::before { content: ""; display: inline-block; width: .5rem; height: .5rem; margin-right: .45rem; border-radius: 50%; background: var(--accent); }
#state.wait { color: var(--wait); }
#state.wait #state-text::before { background: var(--wait); animation: beat 1.4s ease-in-out infinite; }
#state.turn { color: var(--ink); font-weight: 600; }
#try-now { color: var(--accent); font-weight: 600; }
@keyframes beat { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { *, *::before { animation: none !important; transition: none !important; } }
#composer { display: flex; align-items: flex-end; gap: .5rem; padding: .15rem 1.25rem 1rem; }
#composer textarea { flex: 1; resize: none; max-height: 9rem; min-height: 42px; border-radius: 12px; padding: .55rem .9rem; line-height: 1.45; background: var(--side); field-sizing: content; }
#send { height: 42px; min-width: 46px; }

@media (max-width: 1000px) {
  #chat, #chat.alone { grid-template-columns: 14rem minmax(0, 1fr); }
  #show-people { display: inline-flex; }
  #people { position: fixed; inset: 0 0 0 auto; z-index: 3; width: min(17rem, 82vw); visibility: hidden; transform: translateX(100%); transition: transform .18s ease, visibility .18s; }
}
@media (max-width: 720px) {
  body { font-size: 16px; }
  #chat, #chat.alone { grid-template-columns: minmax(0, 1fr); }
  #show-rooms { display: inline-flex; }
  #rooms { position: fixed; inset: 0 auto 0 0; z-index: 3; width: min(18rem, 84vw); visibility: hidden; transform: translateX(-100%); transition: transform .18s ease, visibility .18s; }
  #talk > header { padding: .3rem .4rem; }
  #title { flex-direction: column; gap: 0; align-items: stretch; }
  #title h1 { max-width: 100%; }
  #topic { font-size: .8rem; line-height: 1.3; }
  .line { padding-left: .9rem; padding-right: .9rem; column-gap: .65rem; }
  .follows .by { left: .9rem; }
  .line.first-new::after { inset-inline: .9rem; }
  #state { padding: .1rem .9rem; }
  #composer { padding: .15rem .6rem calc(.6rem + env(safe-area-inset-bottom)); }
  #to-end { right: .9rem; bottom: 5.6rem; }
  .entry > .go { padding-block: .55rem; }
  .entry .close { display: grid; padding: .6rem; }
}
#chat.rooms-open #rooms, #chat.people-open #people { visibility: visible; transform: none; box-shadow: var(--shadow); }
#show-rooms { position: relative; }
#elsewhere { position: absolute; top: 0; right: -3px; min-width: 1.1rem; padding: 0 .25rem; font-size: .65rem; line-height: 1.1rem; }
#shade { position: fixed; inset: 0; z-index: 2; background: rgb(10 15 20 / 40%); }
`;

/** The chat page's markup. */

/** The document, with a mark where the style and the script go. */
export const MARKUP = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f4f5f7" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#1b1f24" media="(prefers-color-scheme: dark)">
<title>nettk chat</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath fill='%230f766e' d='M6 4h20a4 4 0 0 1 4 4v11a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z'/%3E%3Cg fill='%23fff'%3E%3Ccircle cx='10' cy='13.5' r='2'/%3E%3Ccircle cx='16' cy='13.5' r='2'/%3E%3Ccircle cx='22' cy='13.5' r='2'/%3E%3C/g%3E%3C/svg%3E">
<style>/* style */</style>
</head>
<body>
<noscript>This page needs JavaScript. Every IRC client works here too, and so does nc: the first line is your nick.</noscript>

<svg width="0" height="0" aria-hidden="true" focusable="false">
  <symbol id="icon-menu" viewBox="0 0 24 24"><path d="M4 6.5h16M4 12h16M4 17.5h16"/></symbol>
  <symbol id="icon-people" viewBox="0 0 24 24"><circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.6-4 3-6 6.5-6s5.9 2 6.5 6M15.5 4.9a3.5 3.5 0 0 1 0 6.2M18 14.7c2 .9 3.2 2.7 3.5 5.3"/></symbol>
  <symbol id="icon-send" viewBox="0 0 24 24"><path d="M4.5 12h14M12.5 5.5l6.5 6.5-6.5 6.5"/></symbol>
  <symbol id="icon-down" viewBox="0 0 24 24"><path d="M12 5v13M6 12.5l6 6 6-6"/></symbol>
  <symbol id="icon-pencil" viewBox="0 0 24 24"><path d="M5 19l.8-4L16.3 4.5a2 2 0 0 1 2.8 0l.4.4a2 2 0 0 1 0 2.8L9 18.2 5 19zM14 7l3 3"/></symbol>
  <symbol id="icon-close" viewBox="0 0 24 24"><path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/></symbol>
  <symbol id="icon-chat" viewBox="0 0 32 32"><path d="M7 4.5h18a4 4 0 0 1 4 4v10a4 4 0 0 1-4 4H15.5l-7 5.5v-5.5H7a4 4 0 0 1-4-4v-10a4 4 0 0 1 4-4z"/><path d="M10 13.5h.01M16 13.5h.01M22 13.5h.01"/></symbol>
</svg>

<main id="start" hidden>
  <form id="start-form" class="card">
    <svg class="emblem" aria-hidden="true"><use href="#icon-chat"/></svg>
    <h1>Come in</h1>
    <p class="soft">Pick a nick and a room. There is nothing to sign up for.</p>
    <p id="start-note" class="note" role="alert" hidden></p>
    <label for="nick">Nick</label>
    <input id="nick" required maxlength="30" autocomplete="nickname" autocapitalize="off" autocorrect="off" spellcheck="false">
    <label for="first-room">Room</label>
    <input id="first-room" required maxlength="200" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false">
    <div id="password-field" hidden>
      <label for="password">Password of this server</label>
      <input id="password" type="password" autocomplete="current-password">
    </div>
    <button id="enter" class="primary">Join</button>
  </form>
</main>

<div id="chat" hidden>
  <nav id="rooms" aria-label="Rooms">
    <h2 id="rooms-title">Rooms</h2>
    <ul id="room-list" aria-labelledby="rooms-title"></ul>
    <h2 id="talks-title" hidden>Private</h2>
    <ul id="talk-list" aria-labelledby="talks-title"></ul>
    <form id="join-form">
      <input id="join-room" aria-label="Join a room" placeholder="Join a room…" maxlength="64" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false">
    </form>
    <div id="self">
      <span id="self-face" class="face" aria-hidden="true"></span>
      <button id="self-nick" class="plain" title="Change your nick"></button>
      <button id="leave" class="plain soft">Leave</button>
    </div>
  </nav>

  <main id="talk">
    <header>
      <button id="show-rooms" class="icon" aria-label="Rooms" aria-controls="rooms" aria-expanded="false"><svg aria-hidden="true"><use href="#icon-menu"/></svg><span id="elsewhere" class="count" hidden></span></button>
      <div id="title">
        <h1 id="room-name"></h1>
        <p id="topic"></p>
      </div>
      <button id="edit-topic" class="icon" aria-label="Change the topic" title="Change the topic"><svg aria-hidden="true"><use href="#icon-pencil"/></svg></button>
      <button id="show-people" class="icon" aria-label="People in this room" aria-controls="people" aria-expanded="false"><svg aria-hidden="true"><use href="#icon-people"/></svg><span id="people-count"></span></button>
    </header>
    <div id="panes"></div>
    <button id="to-end" hidden><svg aria-hidden="true"><use href="#icon-down"/></svg><span>Newest</span></button>
    <p id="state" role="status"><span id="state-text"></span> <button id="try-now" class="plain" hidden>Try now</button></p>
    <form id="composer">
      <textarea id="text" rows="1" enterkeyhint="send" autocomplete="off" spellcheck="true"></textarea>
      <button id="send" class="primary icon" aria-label="Send"><svg aria-hidden="true"><use href="#icon-send"/></svg></button>
    </form>
  </main>

  <aside id="people" aria-label="People in this room">
    <h2 id="people-title">People</h2>
    <ul id="people-list" aria-labelledby="people-title"></ul>
  </aside>
  <div id="shade" hidden></div>
</div>

<dialog id="ask" aria-labelledby="ask-title">
  <form method="dialog" class="card">
    <h2 id="ask-title"></h2>
    <label id="ask-label" for="ask-value"></label>
    <input id="ask-value" autocomplete="off" autocapitalize="off" autocorrect="off">
    <div class="row">
      <button id="ask-no" type="button">Cancel</button>
      <button class="primary" value="yes">OK</button>
    </div>
  </form>
</dialog>
<script>/* script */</script>
</body>
</html>
`;

/** The status page's markup. */

/** The document, with a mark where the style and the script go. */
export const MARKUP = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>nettk names</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%230f766e'/%3E%3Cg fill='%23fff'%3E%3Crect x='7' y='8' width='18' height='4' rx='2'/%3E%3Crect x='7' y='14' width='18' height='4' rx='2'/%3E%3Crect x='7' y='20' width='11' height='4' rx='2'/%3E%3C/g%3E%3C/svg%3E">
<style>/* style */</style>
</head>
<body>
<noscript>This page needs JavaScript. What it shows is JSON at <a href="/services">/services</a> and <a href="/log">/log</a>.</noscript>
<header>
  <h1>nettk names</h1>
  <p id="link" role="status">connecting</p>
</header>
<main>
  <p id="alarm" role="alert" hidden></p>
  <dl id="figures"></dl>
  <section aria-labelledby="services-title">
    <div class="bar">
      <h2 id="services-title">Services</h2>
      <input id="filter" type="search" placeholder="Filter" aria-label="Filter services by name or description" autocomplete="off" spellcheck="false">
    </div>
    <p id="none" class="soft" hidden>Nobody has registered yet: <code>nettk name register NAME PORT</code></p>
    <ul id="services"></ul>
    <p id="more" class="soft" hidden></p>
  </section>
  <section aria-labelledby="log-title">
    <div class="bar">
      <h2 id="log-title">Log</h2>
      <label class="soft"><input id="lookups" type="checkbox" checked> lookups</label>
    </div>
    <ol id="log"></ol>
  </section>
</main>
<script>/* script */</script>
</body>
</html>
`;

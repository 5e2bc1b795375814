import { html, type Markup, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

/** The policy stands in the page: even a name that broke out of its place could load and run nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export interface Page {
  title: string;
  subtitle: string;
  /** Rules beside those that all pages share. */
  style: Markup;
  body: Markup;
}

/** One HTML page that needs nothing else. */
export const htmlPage = ({ title, subtitle, style, body }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<title>${title}</title>
<style>${STYLE}${style}</style>
</head>
<body><main>
<header><h1>${title}</h1><p class="soft">${subtitle}</p></header>
${body}
</main></body>
</html>
`.markup;

/** HTML in which every text is escaped, and nothing else. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** Texts become text, whatever they hold: names come from models and file systems. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup => ({
  markup: strings.map((text, i) => (i === 0 ? text : `${markupOf(parts[i - 1])}${text}`)).join(""),
});

function markupOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (typeof part === "string" || typeof part === "number") return Bun.escapeHTML(part);
  return "markup" in part ? part.markup : part.map(markupOf).join("");
}

/** Markup of our own: a style sheet, a policy. */
export const trusted = (markup: string): Markup => ({ markup });

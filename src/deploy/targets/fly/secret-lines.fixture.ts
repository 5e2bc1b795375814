/** How flyctl has read `fly secrets import` over the years, each version by the year in which it came. */
export type FlyctlVersion = "2023" | "2024" | "2026";

/**
 * 2023: NAME=VALUE to the letter, `"""` opens a text of several lines that ends with a line that ends with it. 2024: one
 * pair of double quotes around a value is taken off. 2026: spaces before a value go, so does a `#` after an even number
 * of quotes with all behind it; `"""` may close on its line; single quotes are taken off, too.
 */
export function parseSecretLines(text: string, version: FlyctlVersion): Record<string, string> {
  const secrets: Record<string, string> = {};
  let open: { name: string; value: string } | undefined;
  for (const line of linesOf(text)) {
    if (open !== undefined) {
      const ends = line.endsWith('"""');
      open.value += ends ? line.slice(0, -3) : `${line}\n`;
      if (ends) {
        secrets[open.name] = open.value;
        open = undefined;
      }
    } else if (!line.startsWith("#") && line.trim() !== "") {
      const at = line.indexOf("=");
      const [name, raw] = [line.slice(0, at), line.slice(at + 1)];
      const value = version === "2026" ? withoutComment(raw.replace(/^ +/, "")) : raw;
      if (version === "2026" && value.length >= 6 && value.startsWith('"""') && value.endsWith('"""')) {
        secrets[name] = value.slice(3, -3);
      } else if (value.startsWith('"""')) open = { name, value: `${value.slice(3)}\n` };
      else secrets[name] = unquoted(value, version);
    }
  }
  return secrets;
}

/** As Go's bufio.ScanLines: without the line's end and a carriage return before it. */
const linesOf = (text: string): string[] =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));

function withoutComment(value: string): string {
  const at = value.indexOf("#");
  const before = value.slice(0, at);
  return at < 0 || (before.split('"').length - 1) % 2 === 1 ? value : before.replace(/ +$/, "");
}

function unquoted(value: string, version: FlyctlVersion): string {
  const quotes = { "2023": "", "2024": '"', "2026": `"'` }[version];
  const [first = ""] = value;
  return first !== "" && quotes.includes(first) && value.endsWith(first) ? value.slice(1, -1) : value;
}

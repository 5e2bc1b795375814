/** The first and the last of the releases that were read which have something; no last: the newest still has it. */
export interface Known {
  from: string;
  until: string | undefined;
}

/** Names, and the releases that have them. */
export interface ReleaseTable {
  get(name: string): Known | undefined;
  /** In the order in which they are written. */
  names(): readonly string[];
}

/**
 * A table written as text, with lines as `0.9.2: xlam` and `0.9.2 0.22.1: minimax phi4`; what stands on lines without a
 * colon belongs to the releases above. A name is looked for in the text: of hundreds a command line has a few.
 */
export function releaseTable(text: string): ReleaseTable {
  const found = new Map<string, Known>();
  let names: string[] | undefined;
  return {
    get(name) {
      const known = found.get(name) ?? knownIn(text, name);
      if (known !== undefined) found.set(name, known);
      return known;
    },
    names() {
      names ??= namesIn(text);
      return names;
    },
  };
}

const namesIn = (text: string): string[] =>
  text
    .replaceAll(/^[^\n:]*:/gm, "")
    .split(/\s+/)
    .filter((name) => name !== "");

function knownIn(text: string, name: string): Known | undefined {
  const at = wordAt(text, name);
  if (at < 0) return undefined;
  const colon = text.lastIndexOf(":", at);
  const [from = "", until] = text.slice(text.lastIndexOf("\n", colon) + 1, colon).split(" ");
  return { from, until };
}

/** Where a name stands between a space and another or the end of its line. */
function wordAt(text: string, name: string): number {
  if (!/^[\w-]+$/.test(name)) return -1;
  for (let at = text.indexOf(` ${name}`); at >= 0; at = text.indexOf(` ${name}`, at + 1)) {
    const after = text[at + 1 + name.length];
    if (after === undefined || after === " " || after === "\n") return at;
  }
  return -1;
}

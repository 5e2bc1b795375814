/** The first and the last of the releases that were read which have something; no last: the newest still has it. */
export interface Known {
  from: string;
  until: string | undefined;
}

/**
 * Names and the releases that have them, of a text with lines as `0.9.2: xlam` and `0.9.2 0.22.1: minimax phi4`; what stands on
 * lines without a colon belongs to the releases above.
 */
export function releaseTable(text: string): ReadonlyMap<string, Known> {
  const table = new Map<string, Known>();
  let releases: Known = { from: "", until: undefined };
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon >= 0) {
      const [from = "", until] = line.slice(0, colon).trim().split(" ");
      releases = { from, until };
    }
    for (const name of line.slice(colon + 1).split(" ")) if (name !== "") table.set(name, releases);
  }
  return table;
}

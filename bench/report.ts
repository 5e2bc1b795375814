import { kept, mib, type Row } from "./stats.ts";

/** The table, or JSON for programs. */
export function printReport(rows: Row[], sizes: Record<string, number>, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ rows: rows.map((row) => ({ ...row, kept: kept(row) })), sizes }, null, 2));
    return;
  }
  console.log("| what | ours | floor | value | bound | kept |\n|---|---|---|---|---|---|");
  for (const row of rows) console.log(`| ${cells(row).join(" | ")} |`);
  console.log(
    `\nBinary: ${Object.entries(sizes)
      .map(([name, bytes]) => `${name} ${mib(bytes)}`)
      .join(", ")}`,
  );
}

const cells = (row: Row): string[] => [
  row.what,
  row.ours,
  row.floor,
  row.value.toFixed(2),
  "most" in row.bound ? `≤ ${row.bound.most}` : `≥ ${row.bound.least}`,
  kept(row) ? "yes" : "**no**",
];

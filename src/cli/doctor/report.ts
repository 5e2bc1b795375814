import { counted } from "../../base/counted.ts";
import type { Colors } from "../terminal/colors.ts";
import type { Output } from "../terminal/streams.ts";
import { pad, wrap } from "../terminal/wrap.ts";
import type { Finding } from "./finding.ts";

const MARKS = { ok: "✓", warning: "!", failed: "✗" } as const;
const PAINT = { ok: "green", warning: "yellow", failed: "red" } as const;
const WHAT_WIDTH = 8;
const INDENT = " ".repeat(4 + WHAT_WIDTH);

/** What was found about one config. */
export interface Report {
  file: string;
  agent: string | null;
  findings: Finding[];
}

/** A block for each config, and in the last line how many things are to be mended. */
export function reportText(reports: readonly Report[], out: Output): string {
  const blocks = reports.map(
    ({ file, agent, findings }) =>
      `${out.colors.bold(file)}${agent ? ` (${agent})` : ""}\n${findings.map((finding) => findingText(finding, out)).join("")}`,
  );
  return `${[...blocks, summary(reports, out.colors)].join("\n")}\n`;
}

function findingText({ what, status, detail, remedy }: Finding, { colors, columns, isTTY }: Output): string {
  const width = isTTY ? columns - INDENT.length : Number.POSITIVE_INFINITY;
  const body = (text: string) => wrap(text, width).join(`\n${INDENT}`);
  const first = `  ${colors[PAINT[status]](MARKS[status])} ${pad(what, WHAT_WIDTH)}${body(detail)}\n`;
  return remedy === undefined ? first : `${first}${INDENT}${colors.cyan(body(`→ ${remedy}`))}\n`;
}

function summary(reports: readonly Report[], colors: Colors): string {
  const count = (wanted: Finding["status"]) =>
    reports.flatMap(({ findings }) => findings).filter(({ status }) => status === wanted).length;
  const [bad, doubtful] = [count("failed"), count("warning")];
  const warnings = doubtful === 0 ? "" : `, ${counted(doubtful, "warning")}`;
  if (bad === 0) return `${colors.green("Everything is there")}${warnings}.`;
  return `${colors.red(`${bad} ${bad === 1 ? "thing" : "things"} to mend`)}${warnings}.`;
}

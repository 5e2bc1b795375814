import { changeText, concurrencyText, longestText, toldReasons } from "../../../modelcar/report/text.ts";
import type { ModelReport, Report } from "../../../modelcar/report/types.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Colors } from "../../terminal/colors.ts";
import type { Output } from "../../terminal/streams.ts";
import { table } from "../../terminal/table.ts";
import { wrap } from "../../terminal/wrap.ts";
import { memoryText } from "./memory.ts";

const right = (title: string) => ({ title, align: "right" as const });

export function paintVerdict(verdict: string, colors: Colors): string {
  const paint = verdict === "GO" ? colors.green : verdict.startsWith("NO-GO") ? colors.red : colors.yellow;
  return colors.bold(paint(verdict));
}

/** The verdict of each model, then why, and what would change it. */
export function decisionText(report: Report, out: Output, explain: boolean): string {
  const details = report.models.flatMap((model) => modelDetails(model, out, explain));
  const shared = report.together.reasons.map(({ text }) => `${out.colors.red("✗")} ${text}\n`);
  return [
    decisionTable(report.models, out),
    ...(details.length > 0 ? ["\n"] : []),
    ...details,
    ...shared,
  ].join("");
}

function decisionTable(models: readonly ModelReport[], out: Output): string {
  return table(
    [
      { title: "MODEL", shrinks: true },
      { title: "VERDICT" },
      right("GPUS"),
      right("NEEDS EACH"),
      right("OF"),
      right("MARGIN"),
      right("CONTEXT"),
      right("LONGEST"),
      right("AT ONCE"),
    ],
    models.map(({ name, verdict, memory }) => [
      name,
      paintVerdict(verdict, out.colors),
      ...(memory === undefined
        ? []
        : [
            String(memory.gpus),
            bytesText(memory.total),
            bytesText(memory.budget),
            bytesText(memory.margin),
            wholeText(memory.contextLength),
            longestText(memory.largestContext),
            concurrencyText(memory.concurrency),
          ]),
    ]),
    out,
  );
}

const MARKS = { blocks: "✗", memory: "✗", unknown: "?", warning: "!", note: " " } as const;
const PAINT = { blocks: "red", memory: "red", unknown: "yellow", warning: "yellow", note: "dim" } as const;
const MOST_CHANGES = 3;

function modelDetails(model: ModelReport, out: Output, explain: boolean): string[] {
  const { colors } = out;
  const reasons = explain ? model.reasons : toldReasons(model);
  const changes = changesOf(model);
  if (reasons.length === 0 && changes.length === 0 && !explain) return [];
  return [
    `${colors.bold(model.name)} ${paintVerdict(model.verdict, colors)}\n`,
    ...reasons.map(({ kind, text, source }) => {
      const cited = explain && source !== undefined ? ` (${source})` : "";
      return bullet(colors[PAINT[kind]](MARKS[kind]), `${text}${cited}`, out);
    }),
    ...changes.map((text) => bullet(colors.cyan("→"), text, out)),
    ...(explain ? [memoryText(model, out)] : []),
  ];
}

/** Edits that are enough together; else the nearest changes, of which each is enough. */
function changesOf({ verdict, optimized, nearest }: ModelReport): string[] {
  if (optimized !== undefined) return optimized.changes.map((change) => changeText(change));
  return verdict === "GO" ? [] : nearest.slice(0, MOST_CHANGES).map((change) => changeText(change));
}

function bullet(mark: string, text: string, { isTTY, columns }: Output): string {
  const width = isTTY ? Math.max(20, columns - 4) : Number.POSITIVE_INFINITY;
  return `  ${mark} ${wrap(text, width).join("\n    ")}\n`;
}

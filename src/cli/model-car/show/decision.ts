import {
  changeText,
  concurrencyText,
  devicesText,
  longestText,
  toldChanges,
  toldNearest,
  toldReasons,
  toldVerdict,
} from "../../../modelcar/report/text.ts";
import type { ChangeReport, ModelReport, Report } from "../../../modelcar/report/types.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Output } from "../../terminal/streams.ts";
import { right, table } from "../../terminal/table.ts";
import { widthBehind, wrap } from "../../terminal/wrap.ts";
import { memoryText } from "./memory.ts";
import { paintVerdict } from "./verdict.ts";

/** The verdict of each model, then why, and what would change it. */
export function decisionText(report: Report, out: Output, explain: boolean): string {
  const details = report.models.flatMap((model) => modelDetails(model, out, explain));
  const shared = togetherDetails(report, out);
  return [
    decisionTable(report.models, out),
    ...(details.length + shared.length > 0 ? ["\n"] : []),
    ...details,
    ...shared,
  ]
    .join("")
    .replace(/\n+$/, "\n");
}

/** Why they do not run at the same time, and what would let them. */
function togetherDetails({ together, verdict }: Report, out: Output): string[] {
  const { reasons, nearest } = together;
  if (reasons.length === 0) return [];
  const { colors } = out;
  return [
    `${colors.bold("all together")} ${paintVerdict(verdict, colors)}\n`,
    ...reasons.map(({ kind, text }) => bullet(colors[PAINT[kind]](MARKS[kind]), text, out)),
    ...toldNearest(nearest).flatMap(({ title, changes }) => changeLines(title, changes, out)),
  ];
}

function decisionTable(models: readonly ModelReport[], out: Output): string {
  return table(
    [
      { title: "MODEL", shrinks: true },
      { title: "VERDICT" },
      { title: "ON", shrinks: true },
      right("NEEDS EACH"),
      right("OF"),
      right("MARGIN"),
      right("CONTEXT"),
      right("LONGEST"),
      right("AT ONCE"),
    ],
    models.map((model) => [
      model.name,
      paintVerdict(toldVerdict(model), out.colors),
      devicesText(model),
      ...memoryCells(model),
    ]),
    out,
  );
}

/** Where no GPU is known, what is needed is told, and nothing of what is left. */
function memoryCells({ memory, gpu }: ModelReport): string[] {
  if (memory === undefined) return [];
  const { total, budget, margin, contextLength, largestContext, concurrency } = memory;
  if (gpu === undefined) return [bytesText(total), "", "", wholeText(contextLength)];
  return [
    ...[bytesText(total), bytesText(budget), bytesText(margin), wholeText(contextLength)],
    ...[longestText(largestContext), concurrencyText(concurrency)],
  ];
}

const MARKS = { blocks: "✗", memory: "✗", unknown: "?", warning: "!", note: " " } as const;
const PAINT = { blocks: "red", memory: "red", unknown: "yellow", warning: "yellow", note: "dim" } as const;
const MOST_CHANGES = 3;

function modelDetails(model: ModelReport, out: Output, explain: boolean): string[] {
  const { colors } = out;
  const reasons = explain ? model.reasons : toldReasons(model);
  const told = toldChanges(model);
  if (reasons.length === 0 && told.length === 0 && !explain) return [];
  return [
    `${colors.bold(model.name)} ${paintVerdict(model.verdict, colors)}\n`,
    ...reasons.map(({ kind, text, source }) => {
      const cited = explain && source !== undefined ? ` (${source})` : "";
      return bullet(colors[PAINT[kind]](MARKS[kind]), `${text}${cited}`, out);
    }),
    ...told.flatMap(({ title, changes, isEdit }) =>
      changeLines(title, isEdit ? changes : changes.slice(0, MOST_CHANGES), out),
    ),
    ...(explain ? [memoryText(model, out)] : []),
  ];
}

/** One change on the line of its title; several below it. */
function changeLines(title: string, changes: readonly ChangeReport[], out: Output): string[] {
  const { cyan } = out.colors;
  const [only] = changes;
  if (only === undefined) return [];
  if (changes.length === 1) return [bullet(cyan("→"), `${title} ${changeText(only)}`, out)];
  return [
    bullet(cyan("→"), `${title}:`, out),
    ...changes.map((change) => `  ${bullet("•", changeText(change), out, "  ")}`),
  ];
}

function bullet(mark: string, text: string, out: Output, indent = ""): string {
  const width = widthBehind(4 + indent.length, out);
  return `  ${mark} ${wrap(text, width).join(`\n    ${indent}`)}\n`;
}

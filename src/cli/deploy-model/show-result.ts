import { relative } from "node:path";
import type { Result } from "../../models/report/result-schema.ts";
import {
  engineText,
  layersText,
  mixedText,
  type SummaryRow,
  sides,
  summaryRows,
  validationRows,
} from "../../models/report/summary.ts";
import type { ValidationResult } from "../../models/report/validation-schema.ts";
import { type VerdictLine, validationLine, verdictLine } from "../../models/report/verdict-line.ts";
import type { Context } from "../framework/context.ts";
import { line, type Output } from "../terminal/streams.ts";
import { keyValues, right, table } from "../terminal/table.ts";

/** The verdict first, then the figures, then where the artefact lies. `folder` is absolute. */
export function showResult({ stdout, globals, cwd }: Context, result: Result, folder: string): void {
  if (globals.json) {
    line(stdout, JSON.stringify({ ...result, folder }, null, 2));
    return;
  }
  verdict(stdout, verdictLine(result));
  figures(stdout, summaryRows(result), sides(result));
  // Without --quiet they were told as they came up.
  const warnings = globals.quiet ? result.warnings : [];
  notes(stdout, [...warnings, ...(result.validation?.notes ?? []), ...outOfReach(result)]);
  line(stdout);
  const at = relative(cwd, folder) || ".";
  stdout.write(
    keyValues(
      [
        ...guessText(result),
        ["layers", layersText(result)],
        ["engine", engineText(result)],
        ...keptText(result),
        ["artefact", `${at}/${result.artifact.files[0]?.path}`],
        ["report", `${at}/report.html`],
      ],
      stdout,
    ),
  );
}

/** Of a comparison without a deployment. */
export function showValidation({ stdout, globals }: Context, validation: ValidationResult): void {
  if (globals.json) {
    line(stdout, JSON.stringify(validation, null, 2));
    return;
  }
  verdict(stdout, validationLine(validation));
  figures(stdout, validationRows(validation), ["Float", "Deployed"]);
  notes(stdout, validation.notes);
}

function verdict(stdout: Output, { word, kind, text }: VerdictLine): void {
  const { colors } = stdout;
  const color = { passed: colors.green, failed: colors.red, open: colors.yellow }[kind];
  line(stdout, `${colors.bold(color(word))}: ${text}`);
  line(stdout);
}

function notes(stdout: Output, texts: readonly string[]): void {
  for (const text of texts) line(stdout, `${stdout.colors.yellow("note:")} ${text}`);
}

function figures(stdout: Output, rows: readonly SummaryRow[], [before, after]: readonly string[]): void {
  const { colors } = stdout;
  stdout.write(
    table(
      [{ title: "" }, right(before!.toUpperCase()), right(after!.toUpperCase()), { title: "CHANGE" }],
      rows.map(({ what, baseline, deployed, change, good }) => [
        what,
        baseline,
        deployed,
        good === undefined ? change : (good ? colors.green : colors.red)(change),
      ]),
      stdout,
    ),
  );
}

const guessText = ({ preprocessingGuessed: guess }: Result): [string, string][] =>
  guess === undefined
    ? []
    : [["images", `preprocessed as ${guess}: a guess; if it is wrong, so is every figure (--preprocess)`]];

/** Said where no choice of layers is good enough: the verdict alone does not tell that it was tried. */
const outOfReach = ({ mixed }: Result): string[] => (mixed?.reached === false ? [mixedText(mixed)] : []);

const keptText = ({ mixed }: Result): [string, string][] =>
  mixed && mixed.kept.length > 0
    ? [["in float", `${mixed.kept.map(({ layer }) => layer).join(", ")} (for the accuracy)`]]
    : [];

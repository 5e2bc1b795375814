import { relative } from "node:path";
import type { Result } from "../../models/report/result-schema.ts";
import {
  engineText,
  layersText,
  type SummaryRow,
  summaryRows,
  validationRows,
} from "../../models/report/summary.ts";
import type { ValidationResult } from "../../models/report/validation-schema.ts";
import type { Context } from "../framework/context.ts";
import { line, type Output } from "../terminal/streams.ts";
import { keyValues, table } from "../terminal/table.ts";

/** The verdict first, then the figures, then where the artefact lies. `folder` is absolute. */
export function showResult({ stdout, globals, cwd }: Context, result: Result, folder: string): void {
  if (globals.json) {
    line(stdout, JSON.stringify({ ...result, folder }, null, 2));
    return;
  }
  const { validation } = result;
  if (validation) verdictAndFigures(stdout, validation);
  else {
    line(stdout, stdout.colors.bold(stdout.colors.yellow("NOT VALIDATED")));
    line(stdout);
    figures(stdout, summaryRows(result));
  }
  line(stdout);
  const at = relative(cwd, folder) || ".";
  stdout.write(
    keyValues(
      [
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
  if (globals.json) line(stdout, JSON.stringify(validation, null, 2));
  else verdictAndFigures(stdout, validation);
}

function verdictAndFigures(stdout: Output, validation: ValidationResult): void {
  const { colors } = stdout;
  const { verdict, notes } = validation;
  const word = verdict.passed ? colors.green("PASSED") : colors.red("FAILED");
  line(stdout, `${colors.bold(word)}: ${verdict.text}`);
  line(stdout);
  figures(stdout, validationRows(validation));
  for (const note of notes) line(stdout, `${colors.yellow("note:")} ${note}`);
}

function figures(stdout: Output, rows: readonly SummaryRow[]): void {
  const { colors } = stdout;
  const right = (title: string) => ({ title, align: "right" as const });
  stdout.write(
    table(
      [{ title: "" }, right("FLOAT"), right("DEPLOYED"), { title: "CHANGE" }],
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

const keptText = ({ mixed }: Result): [string, string][] =>
  mixed && mixed.kept.length > 0
    ? [["in float", `${mixed.kept.map(({ layer }) => layer).join(", ")} (for the accuracy)`]]
    : [];

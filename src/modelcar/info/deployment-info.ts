import { editText } from "../decision/change-text.ts";
import { servingArguments } from "../optimize/optimize.ts";
import { changeText, toldChanges } from "../report/text.ts";
import type { ModelReport, Report } from "../report/types.ts";

/** `deployment_matrix.json`: whether each model is deployable as its arguments stand, and why. */
export function deploymentMatrixText({ models }: Pick<Report, "models">): string {
  const rows = models.map(({ name, verdict, verdictLine }) => ({
    model_name: name,
    deployable: verdict === "GO",
    reason: verdictLine,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/**
 * `deployment_info.txt`: the decision in Markdown. The first line below its heading is `Verdict: GO` or `Verdict: NO-GO`,
 * as peers read it; what cannot be told is no GO.
 */
export function deploymentInfoText(report: Report): string {
  const { verdict, summary, models, together } = report;
  const lines = [
    "### Deployment Decision",
    `Verdict: ${verdict === "GO" ? "GO" : "NO-GO"}`,
    "",
    `${verdict === "UNKNOWN" ? "UNKNOWN: " : ""}${summary}.`,
    "",
    ...models.flatMap(modelLines),
    ...together.reasons.map(({ text }) => `- ${text}`),
    ...together.nearest.map((change) => `  - nearest change: ${changeText(change)}`),
    ...optimizedLines(models),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function modelLines(model: ModelReport): string[] {
  const { name, verdict, verdictLine, gpu, placement } = model;
  const where =
    placement === undefined ? "" : ` on ${placement.gpus}x ${placement.product} of ${placement.node}`;
  const [told] = verdict === "GO" ? [] : toldChanges(model);
  const changes = told === undefined ? [] : told.isEdit ? told.changes : told.changes.slice(0, 1);
  const edits = changes.map(editText).join(", ");
  return [
    `- **${name}**: ${verdictLine}${gpu === undefined ? "" : where}`,
    ...(edits === "" ? [] : [`  - nearest change: ${edits} (${changes.map(({ why }) => why).join("; ")})`]),
  ];
}

function optimizedLines(models: readonly ModelReport[]): string[] {
  const edited = models.filter(({ optimized }) => optimized !== undefined);
  if (edited.length === 0) return [];
  const value = Object.fromEntries(edited.map(({ name, optimized }) => [name, servingArguments(optimized!)]));
  const [only] = Object.values(value);
  const json = JSON.stringify(models.length === 1 ? only : value, null, 2);
  return ["", "OPTIMIZED_SERVING_ARGUMENTS_JSON", "```json", json, "```"];
}

import { capital } from "../../base/capital.ts";
import { editText } from "../decision/change-text.ts";
import { bytesText, wholeText } from "../requirements/units.ts";
import {
  changeText,
  concurrencyText,
  devicesText,
  longestText,
  quantizationText,
  sizeText,
  type ToldChanges,
  toldChanges,
  toldNearest,
  toldReasons,
  toldVerdict,
  unhealthyText,
} from "./text.ts";
import type { GpuReport, ModelReport, Report, StepReport } from "./types.ts";

/** The report as Markdown (GitHub's, for its tables). The first line of the decision is the one that peers look for. */
export function markdownReport(report: Report): string {
  const { file, steps } = report;
  return [
    `# Model-car: ${escaped(file)}`,
    ...steps.flatMap((step) => [heading(step, report), ...CONTENTS[step.name](report), checklistText(step)]),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const HEADINGS: Partial<Record<StepReport["name"], string>> = { "Accelerator Compatibility": "Accelerators" };

/** Peers look for the verdict in the line below this heading. */
const heading = ({ name }: StepReport, { verdict }: Report): string =>
  `### ${HEADINGS[name] ?? name}${name === "Deployment Decision" ? `\nVerdict: ${verdict === "GO" ? "GO" : "NO-GO"}` : ""}`;

const CONTENTS: Readonly<Record<StepReport["name"], (report: Report) => string[]>> = {
  Configuration: configuration,
  "Accelerator Compatibility": accelerators,
  "Deployment Decision": decision,
  "QA Validation": ({ qa }) => (qa === undefined ? [] : [`${qa.code}: ${escaped(qa.text)}`]),
};

const MARKS = { done: "- [x]", failed: "- [ ] **failed:**", skipped: "- [ ] skipped:" } as const;

function checklistText({ checks, problem, hint }: StepReport): string {
  const lines = checks.map(
    ({ text, status, detail }) =>
      `${MARKS[status]} ${escaped(text)}${detail === undefined ? "" : ` (${escaped(detail)})`}`,
  );
  return [...lines, ...(problem === undefined ? [] : [`\n${escaped(problem)}. ${escaped(hint ?? "")}`])].join(
    "\n",
  );
}

function configuration({ models, warnings }: Report): string[] {
  return [
    rows(
      ["Model", "Architecture", "Parameters", "Weights", "Quantization", "Context", "Licence"],
      models.map((model) => [
        model.name,
        model.facts?.architecture ?? "unknown",
        sizeText(model),
        model.facts?.weightBytes === undefined ? "unknown" : bytesText(model.facts.weightBytes),
        quantizationText(model),
        model.facts?.contextLimit === undefined ? "unknown" : wholeText(model.facts.contextLimit),
        model.facts?.licence ?? "",
      ]),
    ),
    ...warnings.map((warning) => `> ${escaped(warning)}`),
  ];
}

function accelerators({ accelerators: found }: Report): string[] {
  if (found === undefined) return [];
  const lines = found.nodes.flatMap((node) =>
    node.gpus.map((gpu) => [
      node.name,
      gpu.product,
      gpu.memoryMiB === undefined ? "unknown" : `${(gpu.memoryMiB / 1024).toFixed(1)} GiB`,
      givenOut(gpu),
      gpu.free === undefined ? "unknown" : String(gpu.free),
    ]),
  );
  return lines.length === 0 ? [] : [rows(["Node", "GPU", "Memory", "Allocatable", "Free"], lines)];
}

function givenOut(gpu: GpuReport): string {
  const unhealthy = unhealthyText(gpu);
  return unhealthy === undefined ? String(gpu.allocatable) : `${gpu.allocatable} (${unhealthy})`;
}

function decision({ verdict, summary, models, together }: Report): string[] {
  const { reasons, nearest } = together;
  return [
    `**${verdict}**: ${escaped(summary)}.`,
    ...reasons.map(({ text }) => `> ${escaped(text)}`),
    ...toldNearest(nearest).flatMap(changesText),
    rows(
      ["Model", "Verdict", "On", "Needs a GPU", "Of", "Longest context", "Concurrency"],
      models.map((model) => [model.name, toldVerdict(model), devicesText(model), ...memoryCells(model)]),
    ),
    ...models.flatMap(modelText),
  ];
}

function memoryCells({ memory, gpu }: ModelReport): string[] {
  if (memory === undefined) return ["", "", "", ""];
  const { total, budget, largestContext, concurrency } = memory;
  if (gpu === undefined) return [bytesText(total), "", "", ""];
  return [bytesText(total), bytesText(budget), longestText(largestContext), concurrencyText(concurrency)];
}

function modelText(model: ModelReport): string[] {
  const reasons = toldReasons(model);
  const told = toldChanges(model);
  if (reasons.length === 0 && told.length === 0) return [];
  return [
    `#### ${escaped(model.name)}`,
    reasons
      .map(({ text, source }) => `- ${escaped(text)}${source === undefined ? "" : ` (${escaped(source)})`}`)
      .join("\n"),
    ...told.flatMap(changesText),
  ];
}

function changesText({ title, changes, isEdit }: ToldChanges): string[] {
  const lines = changes.map((change) =>
    isEdit ? `- \`${editText(change)}\`: ${escaped(change.why)}` : `- ${escaped(changeText(change))}`,
  );
  return [`${capital(title)}:`, lines.join("\n")];
}

const rows = (titles: readonly string[], cells: readonly (readonly string[])[]): string =>
  [
    `| ${titles.join(" | ")} |`,
    `|${titles.map(() => "---").join("|")}|`,
    ...cells.map((row) => `| ${row.map(escaped).join(" | ")} |`),
  ].join("\n");

/** Names come from files and registries. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");

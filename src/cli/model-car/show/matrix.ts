import type { ModelNeed } from "../../../modelcar/decision/types.ts";
import type { GpuType } from "../../../modelcar/gpus/types.ts";
import type { MatrixCell, MatrixRow } from "../../../modelcar/matrix/matrix.ts";
import { factsReport } from "../../../modelcar/report/build.ts";
import { longestText, quantizationText, sizeText } from "../../../modelcar/report/text.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Colors } from "../../terminal/colors.ts";
import type { Output } from "../../terminal/streams.ts";
import { type Column, keyValues, right, table } from "../../terminal/table.ts";
import { widthBehind, wrap } from "../../terminal/wrap.ts";
import { verdictColor } from "./verdict.ts";

const SHORT = { "NO-GO (memory)": "memory", "NO-GO (unsupported)": "no", UNKNOWN: "?" } as const;

function cellText({ verdict, gpus }: MatrixCell, colors: Colors): string {
  return verdictColor(verdict, colors)(verdict === "GO" ? `${gpus}×` : SHORT[verdict]);
}

const LEGEND =
  "N×: so many GPUs are enough · memory: too little, on as many as its arguments and its shape allow (8 at most) · " +
  "no: it does not run there · ?: it cannot be told";

/** The longer side goes down, so that the table stays narrow. */
export function matrixText(rows: readonly MatrixRow[], gpus: readonly GpuType[], out: Output): string {
  const { colors } = out;
  const memory = ({ memoryMiB }: GpuType): string => `${Math.round(memoryMiB / 1024)} GiB`;
  const shrinking = (title: string): Column => ({ ...right(title), shrinks: true });
  const text =
    rows.length > gpus.length
      ? table(
          [{ title: "MODEL", shrinks: true }, ...gpus.map(({ id }) => shrinking(id))],
          rows.map(({ model, cells }) => [model, ...cells.map((cell) => cellText(cell, colors))]),
          out,
        )
      : table(
          [{ title: "GPU" }, right("MEMORY"), ...rows.map(({ model }) => shrinking(model))],
          gpus.map((gpu, i) => [
            gpu.id,
            memory(gpu),
            ...rows.map(({ cells }) => cellText(cells[i]!, colors)),
          ]),
          out,
        );
  return `${text}\n${wrap(LEGEND, widthBehind(0, out)).map(colors.dim).join("\n")}\n`;
}

/** What a model is, and what it takes of every type of GPU. */
export function estimateText(
  { entry, facts: read }: ModelNeed,
  cells: readonly MatrixCell[],
  out: Output,
): string {
  const { colors } = out;
  const facts = read && factsReport(read);
  const head = keyValues(
    [
      ["model", colors.bold(entry.image)],
      ["architecture", facts?.architecture ?? "unknown"],
      ["parameters", sizeText({ facts })],
      ["weights", facts?.weightBytes === undefined ? "unknown" : bytesText(facts.weightBytes)],
      ["quantization", quantizationText({ facts })],
      [
        "context limit",
        facts?.contextLimit === undefined ? "unknown" : `${wholeText(facts.contextLimit)} tokens`,
      ],
      ["licence", facts?.licence ?? "not told"],
      ...(facts?.problems ?? []).map((problem) => ["problem", colors.yellow(problem)] as const),
    ],
    out,
  );
  return `${head}\n${oneReason(cells, out.colors) ?? cellTable(cells, out)}`;
}

/** Where all types of GPU have the same said of them, it is said once. */
function oneReason([first, ...others]: readonly MatrixCell[], colors: Colors): string | undefined {
  if (first?.reason === undefined || first.bytes !== undefined) return undefined;
  const same = others.every(({ verdict, reason }) => verdict === first.verdict && reason === first.reason);
  return same && others.length > 0
    ? `${verdictText(first, colors)} on every type of GPU: ${first.reason}\n`
    : undefined;
}

function cellTable(cells: readonly MatrixCell[], out: Output): string {
  return table(
    [
      { title: "GPU" },
      { title: "VERDICT" },
      right("GPUS"),
      right("NEEDS EACH"),
      right("OF"),
      right("LONGEST CONTEXT"),
      { title: "WHY NOT", shrinks: true },
    ],
    cells.map((cell) => [
      cell.gpu,
      verdictText(cell, out.colors),
      spreadText(cell, out.colors),
      cell.bytes === undefined ? "" : bytesText(cell.bytes),
      ...(cell.budget === undefined || cell.budget <= 0
        ? ["", ""]
        : [bytesText(cell.budget), longestText(cell.largestContext ?? 0)]),
      cell.reason ?? "",
    ]),
    out,
  );
}

/** How many GPUs the numbers are for; only of a GO it is an answer. */
const spreadText = ({ spread, verdict }: MatrixCell, colors: Colors): string =>
  spread === undefined ? "" : verdict === "GO" ? `${spread}×` : colors.dim(`${spread}×`);

const verdictText = ({ verdict }: MatrixCell, colors: Colors): string =>
  verdictColor(verdict, colors)(verdict);

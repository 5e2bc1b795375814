import { counted } from "../../../base/counted.ts";
import { concurrencyText } from "../../../modelcar/report/text.ts";
import type { ModelReport } from "../../../modelcar/report/types.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Output } from "../../terminal/streams.ts";
import { pad, widthBehind, wrap } from "../../terminal/wrap.ts";

const LABEL = 18;
const NUMBER = 10;

/** How the memory of one GPU adds up, each number with its formula. */
export function memoryText(
  { memory, gpu, settings, validTensorParallel, facts }: ModelReport,
  out: Output,
): string {
  const row = (label: string, number: string, formula: string): string =>
    rowText(label, number, formula, out);
  const evidence = [
    ...(facts?.evidence ?? []).map((text) => row("read", "", text)),
    ...(facts?.container === undefined
      ? []
      : [row("image", bytesText(facts.container.bytes), imageText(facts.container))]),
  ];
  if (memory === undefined) return [...evidence, "\n"].join("");
  const { terms, total, budget, margin, assumptions } = memory;
  const of = gpu === undefined ? "" : ` of ${gpu.name} (${(gpu.memoryMiB / 1024).toFixed(1)} GiB)`;
  const usable = `${bytesText(memory.usable)} that a process gets${of} × ${settings.gpuMemoryUtilization} gpu_memory_utilization`;
  return [
    ...evidence,
    ...terms.map(({ label, bytes, formula }) => row(label, bytesText(bytes), formula)),
    row(
      "together",
      bytesText(total),
      memory.gpus === 1 ? "on one GPU" : `on each of ${counted(memory.gpus, "GPU")}`,
    ),
    ...(gpu === undefined
      ? []
      : [
          row("vLLM may use", bytesText(budget), usable),
          row(margin < 0 ? "missing" : "left", bytesText(Math.abs(margin)), contextText(memory)),
        ]),
    memory.kvBytesPerToken === 0
      ? row("a token", "none", "every layer keeps a window of the last tokens, which is counted whole")
      : row("a token", bytesText(memory.kvBytesPerToken), "of KV cache on each GPU, for one more token"),
    ...(validTensorParallel.length === 0
      ? []
      : [row("valid TP", "", `--tensor-parallel-size may be ${validTensorParallel.join(", ")}`)]),
    ...assumptions.map((text) => row("supposed", "", text)),
    "\n",
  ].join("");
}

function imageText({
  layers,
  architectures,
}: NonNullable<NonNullable<ModelReport["facts"]>["container"]>): string {
  const built =
    architectures.length === 0
      ? "it does not say for which processors"
      : `built for ${architectures.join(", ")}`;
  return `to pull, in ${counted(layers, "layer")}; ${built}`;
}

function contextText(memory: NonNullable<ModelReport["memory"]>): string {
  const { contextLength, largestContext, concurrency } = memory;
  if (largestContext === 0) return "no context fits, however short";
  const longest = `the longest context that fits is ${wholeText(largestContext)} tokens`;
  return `${longest}; of ${wholeText(contextLength)}, ${concurrencyText(concurrency)} sequences fit at once`;
}

function rowText(label: string, number: string, formula: string, out: Output): string {
  const indent = " ".repeat(4 + LABEL + NUMBER + 2);
  const text = wrap(formula, widthBehind(indent.length, out)).join(`\n${indent}`);
  return `    ${out.colors.dim(pad(label, LABEL))}${number.padStart(NUMBER)}  ${text}\n`;
}

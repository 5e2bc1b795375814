import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { QUANTIZATION_RULES } from "../compatibility/rules.ts";
import { evaluate } from "../decision/evaluate.ts";
import { gpuType } from "../gpus/match.ts";
import { quantizationFacts } from "../quantization/facts.ts";
import type { QuantizationScheme } from "../quantization/types.ts";
import { namedRuntime } from "../runtime/image.ts";
import { factsOf } from "./cases.fixture.ts";

type Outcome = "yes" | "no" | "unknown";

interface Row extends Partial<Record<Outcome, string[]>> {
  scheme: QuantizationScheme;
  vllm: string;
  source: string;
}

const rows: Row[] = parse(readFileSync(join(import.meta.dir, "kernels.yaml"), "utf8"));

/** What the rules of quantization alone say of a model in this form. */
function outcome({ scheme, vllm }: Row, name: string): Outcome {
  const gpu = gpuType(name);
  if (gpu === undefined) throw new Error(`no GPU ${name}`);
  const { reasons } = evaluate({
    facts: { ...factsOf("llama-3.1-8b"), quantization: quantizationFacts(scheme, scheme) },
    entry: {
      name: "m",
      image: "",
      outputType: undefined,
      args: ["--dtype=half"],
      gpuCount: undefined,
      line: 1,
    },
    ...{ gpu, runtime: namedRuntime(vllm, "the row") },
  });
  const kinds = reasons.flatMap(({ kind, code }) => (code.startsWith("quantization-") ? [kind] : []));
  return kinds.includes("blocks") ? "no" : kinds.includes("unknown") ? "unknown" : "yes";
}

describe("quantization against hardware, as vLLM's documentation and code have it", () => {
  for (const row of rows)
    test(`${row.scheme} in ${row.vllm} (${row.source})`, () => {
      const expected = (["yes", "no", "unknown"] as const).flatMap((word) =>
        (row[word] ?? []).map((gpu) => [gpu, word]),
      );
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.map(([gpu]) => [gpu, outcome(row, gpu!)])).toEqual(expected);
    });

  test("every rule has its row", () => {
    const told = new Set(rows.map(({ scheme }) => scheme));
    const missing = QUANTIZATION_RULES.filter(({ schemes }) => !schemes.some((scheme) => told.has(scheme)));
    expect(missing.map(({ schemes }) => schemes)).toEqual([]);
  });
});

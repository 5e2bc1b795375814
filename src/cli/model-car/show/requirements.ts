import { quantizationText, sizeText } from "../../../modelcar/report/text.ts";
import type { ModelReport } from "../../../modelcar/report/types.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Output } from "../../terminal/streams.ts";
import { right, table } from "../../terminal/table.ts";

/** What each model takes of a GPU, a line each. */
export function requirementsTable(models: readonly ModelReport[], out: Output): string {
  return table(
    [
      { title: "MODEL", shrinks: true },
      right("PARAMETERS"),
      { title: "QUANTIZATION" },
      right("GPUS"),
      right("WEIGHTS"),
      right("KV CACHE"),
      right("OTHER"),
      right("EACH GPU"),
      right("CONTEXT"),
      right("A TOKEN"),
    ],
    models.map((model) => [model.name, sizeText(model), quantizationText(model), ...memoryCells(model)]),
    out,
  );
}

function memoryCells({ memory }: ModelReport): string[] {
  if (memory === undefined) return ["", "unknown"];
  const [weights = 0, cache = 0] = memory.terms.map(({ bytes }) => bytes);
  return [
    String(memory.gpus),
    bytesText(weights),
    bytesText(cache),
    bytesText(memory.total - weights - cache),
    bytesText(memory.total),
    wholeText(memory.contextLength),
    memory.kvBytesPerToken === 0 ? "windows" : bytesText(memory.kvBytesPerToken),
  ];
}

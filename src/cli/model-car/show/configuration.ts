import type { ModelNeed } from "../../../modelcar/decision/types.ts";
import { factsReport } from "../../../modelcar/report/build.ts";
import { quantizationText, sizeText } from "../../../modelcar/report/text.ts";
import { bytesText, wholeText } from "../../../modelcar/requirements/units.ts";
import type { Output } from "../../terminal/streams.ts";
import { right, table } from "../../terminal/table.ts";

/** What the models are, a line each. */
export function configurationTable(needs: readonly ModelNeed[], out: Output): string {
  return table(
    [
      { title: "MODEL", shrinks: true },
      { title: "ARCHITECTURE", shrinks: true },
      right("PARAMETERS"),
      right("WEIGHTS"),
      { title: "QUANTIZATION" },
      right("CONTEXT"),
      right("IMAGE"),
    ],
    needs.map(({ entry, facts: read }) => {
      const facts = read && factsReport(read);
      return [
        entry.name,
        facts?.architecture ?? "unknown",
        sizeText({ facts }),
        facts?.weightBytes === undefined ? "unknown" : bytesText(facts.weightBytes),
        quantizationText({ facts }),
        facts?.contextLimit === undefined ? "unknown" : wholeText(facts.contextLimit),
        facts?.container === undefined ? "" : bytesText(facts.container.bytes),
      ];
    }),
    out,
  );
}

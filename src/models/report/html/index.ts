import { counted } from "../../../base/counted.ts";
import { html } from "../../../base/html/markup.ts";
import { htmlPage } from "../../../base/html/page.ts";
import type { Result } from "../result-schema.ts";
import { factsCard, layersCard, mixedCard, notesCard } from "./facts.ts";
import { STYLE } from "./style.ts";
import { chartCards, outputsCard, samplesCard } from "./validation.ts";
import { summaryCard, tiles, verdictCard } from "./verdict.ts";

/** The report as one HTML page that needs nothing else. */
export const htmlReport = (result: Result): string =>
  htmlPage({
    title: `${result.source.file} → ${result.target.name}, ${result.precision}`,
    subtitle: subtitle(result),
    style: STYLE,
    body: html`${verdictCard(result)}
${tiles(result)}
${notesCard(result)}
${summaryCard(result)}
${chartCards(result)}
${outputsCard(result)}
${samplesCard(result)}
${layersCard(result)}
${mixedCard(result)}
${factsCard(result)}`,
  });

const subtitle = ({ inputs, calibration, target }: Result): string =>
  [
    inputs.map(({ name, dims }) => `${name} ${dims.join("×")}`).join(", "),
    calibration && `calibrated by ${calibration.method} over ${counted(calibration.samples, "sample")}`,
    target.machine,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");

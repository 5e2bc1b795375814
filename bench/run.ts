import { rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { mosquitto } from "../test/peers/mosquitto.ts";
import { renderProgramRow, renderRows } from "./deploy.ts";
import { type Bench, type Part, timed } from "./measure.ts";
import { modelCar } from "./modelcar.ts";
import { calibrationRows } from "./models.ts";
import { buildPrograms } from "./programs.ts";
import { quantizeRow } from "./quantize.ts";
import { printReport } from "./report.ts";
import { commands, idle, start } from "./start.ts";
import { kept, type Row } from "./stats.ts";
import { growth, load } from "./tasks.ts";

/**
 * Measures ours against the floor, a bare Bun program that does the same I/O, on the same broker in the same run:
 *
 *   bun run bench [--quick] [--json] [--only load,growth]
 */
const PARTS: Record<string, Part> = {
  commands,
  deploy: async ({ programs, quick }) => [
    ...(await renderRows(quick)),
    await renderProgramRow(programs, timed, quick),
  ],
  models: async ({ quick }) => [...(await calibrationRows(quick)), await quantizeRow(quick)],
  "model-car": modelCar,
  start,
  idle,
  load,
  growth,
};

async function measured(names: string[], bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    process.stderr.write(`${name}\n`);
    rows.push(...(await PARTS[name]!(bench)));
  }
  return rows;
}

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const names = options.only?.split(",") ?? Object.keys(PARTS);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(
    `error: there is no part "${unknown.join(", ")}"\n  hint: Parts: ${Object.keys(PARTS).join(", ")}`,
  );
  process.exit(2);
}

const programs = await buildPrograms();
const broker = await mosquitto();
const rows = await measured(names, { programs, broker, quick: options.quick }).finally(broker.stop);
const { agent, floor, empty } = programs;
const sizes = { agent2389: statSync(agent).size, floor: statSync(floor).size, empty: statSync(empty).size };
rmSync(programs.dir, { recursive: true, force: true });
printReport(rows, sizes, options.json);
process.exit(rows.every(kept) ? 0 : 1);

import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Mosquitto, mosquitto } from "../test/peers/mosquitto.ts";
import { openLoad } from "./load.ts";
import {
  buildPrograms,
  type Programs,
  residentBytes,
  type Started,
  startFloor,
  startOurs,
} from "./programs.ts";
import { printReport } from "./report.ts";
import { kept, median, mib, ms, quantile, type Row } from "./stats.ts";

/**
 * Measures ours against the floor, a bare Bun program that does the same I/O, on the same broker in the same run:
 *
 *   bun run bench [--quick] [--json]
 */
const { values: options } = parseArgs({ options: { quick: { type: "boolean" }, json: { type: "boolean" } } });
const quick = options.quick ?? false;

const say = (text: string) => process.stderr.write(`${text}\n`);

/** Both in turn, so that a machine whose speed drifts treats them alike. */
async function inTurn(
  times: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<[number[], number[]]> {
  const [as, bs]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    as.push(await a());
    bs.push(await b());
  }
  return [as, bs];
}

async function timed(command: string[]): Promise<number> {
  const begun = performance.now();
  await Bun.spawn(command, { stdout: "ignore", stderr: "ignore" }).exited;
  return performance.now() - begun;
}

async function commandRow(programs: Programs, flag: string): Promise<Row> {
  const [ours, floor] = await inTurn(
    quick ? 10 : 40,
    () => timed([programs.agent, flag]),
    () => timed([programs.empty]),
  );
  return ratioRow(`agent2389 ${flag}, against an empty program`, median(ours), median(floor), ms, {
    most: 1.5,
  });
}

const ratioRow = (
  what: string,
  ours: number,
  floor: number,
  show: (value: number) => string,
  bound: Row["bound"],
): Row => ({
  what,
  ours: show(ours),
  floor: show(floor),
  value: ours / floor,
  bound,
});

async function startRow(programs: Programs, broker: Mosquitto): Promise<Row> {
  const readyMs = async (start: () => Promise<Started>) => {
    const program = await start();
    await program.stop();
    return program.readyAfterMs;
  };
  const data = join(programs.dir, "start");
  const [ours, floor] = await inTurn(
    quick ? 5 : 20,
    () => readyMs(() => startOurs(programs, broker.url, data)),
    () => readyMs(() => startFloor(programs, broker.port)),
  );
  return ratioRow("exec to /ready 200", median(ours), median(floor), ms, { most: 2 });
}

async function idleRow(programs: Programs, broker: Mosquitto): Promise<Row> {
  const resident = async (start: () => Promise<Started>) => {
    const program = await start();
    await Bun.sleep(1_500); // past what start-up leaves for the garbage collector
    const bytes = residentBytes(program.child.pid);
    await program.stop();
    return bytes;
  };
  const [ours, floor] = await inTurn(
    quick ? 1 : 3,
    () => resident(() => startOurs(programs, broker.url, join(programs.dir, "idle"))),
    () => resident(() => startFloor(programs, broker.port)),
  );
  return ratioRow("idle resident memory", median(ours), median(floor), mib, { most: 1.5 });
}

async function loadRows(programs: Programs, broker: Mosquitto): Promise<Row[]> {
  const ours = await startOurs(programs, broker.url, join(programs.dir, "load"));
  const floor = await startFloor(programs, broker.port);
  const [toOurs, toFloor] = await Promise.all([
    openLoad(broker.port, "bench"),
    openLoad(broker.port, "floor"),
  ]);
  const batch = quick ? 1_000 : 5_000;
  say("  tasks per second");
  await toOurs.throughput(batch, 64);
  await toFloor.throughput(batch, 64);
  const [ourRates, floorRates] = await inTurn(
    quick ? 2 : 4,
    () => toOurs.throughput(batch, 64),
    () => toFloor.throughput(batch, 64),
  );
  say("  latency at 100 tasks/s");
  const seconds = quick ? 3 : 15;
  const [ourLatency, floorLatency] = [
    await toOurs.latencies(100, seconds),
    await toFloor.latencies(100, seconds),
  ];
  const overhead = quantile(ourLatency, 0.99) - quantile(floorLatency, 0.99);
  await Promise.all([toOurs.close(), toFloor.close()]);
  await Promise.all([ours.stop(), floor.stop()]);
  return [
    ratioRow(
      "tasks/s, against a bare echo",
      median(ourRates),
      median(floorRates),
      (v) => `${v.toFixed(0)}/s`,
      { least: 0.5 },
    ),
    {
      what: "p99 latency at 100 tasks/s: ms over a bare echo",
      ours: ms(quantile(ourLatency, 0.99)),
      floor: ms(quantile(floorLatency, 0.99)),
      value: overhead,
      bound: { most: 5 },
    },
  ];
}

async function growthRow(programs: Programs, broker: Mosquitto): Promise<Row> {
  const [early, late] = quick ? [1_000, 5_000] : [5_000, 50_000];
  const ours = await startOurs(programs, broker.url, join(programs.dir, "growth"));
  const load = await openLoad(broker.port, "bench");
  await load.throughput(early, 64);
  await Bun.sleep(1_500);
  const before = residentBytes(ours.child.pid);
  await load.throughput(late - early, 64);
  await Bun.sleep(1_500);
  const after = residentBytes(ours.child.pid);
  await load.close();
  await ours.stop();
  return ratioRow(`resident memory after ${late} tasks, against after ${early}`, after, before, mib, {
    most: 1.1,
  });
}

const programs = await buildPrograms();
const broker = await mosquitto();
const rows: Row[] = [];
try {
  say("commands");
  rows.push(await commandRow(programs, "--version"), await commandRow(programs, "--help"));
  say("start");
  rows.push(await startRow(programs, broker));
  say("idle");
  rows.push(await idleRow(programs, broker));
  say("load");
  rows.push(...(await loadRows(programs, broker)));
  say("growth");
  rows.push(await growthRow(programs, broker));
} finally {
  await broker.stop();
}
const sizes = {
  agent2389: statSync(programs.agent).size,
  floor: statSync(programs.floor).size,
  empty: statSync(programs.empty).size,
};
rmSync(programs.dir, { recursive: true, force: true });
printReport(rows, sizes, options.json ?? false);
process.exit(rows.every(kept) ? 0 : 1);

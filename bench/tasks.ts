import { join } from "node:path";
import { openLoad } from "./load.ts";
import { inTurn, type Part } from "./measure.ts";
import { residentBytes, startFloor, startOurs } from "./programs.ts";
import { SETTLED_MS } from "./start.ts";
import { median, mib, ms, quantile, ratioRow } from "./stats.ts";

/** Tasks that the sender leaves unanswered at a time. */
const WINDOW = 64;

/** How many tasks a second, and how long one takes. */
export const load: Part = async ({ programs, broker, quick }) => {
  const ours = await startOurs(programs, broker.url, join(programs.dir, "load"));
  const floor = await startFloor(programs, broker.port);
  const toOurs = await openLoad(broker.port, "bench");
  const toFloor = await openLoad(broker.port, "floor");
  const batch = quick ? 1_000 : 5_000;
  const rates = (rounds: number) =>
    inTurn(
      rounds,
      () => toOurs.throughput(batch, WINDOW),
      () => toFloor.throughput(batch, WINDOW),
    );
  await rates(1); // what the compiler makes of it shows only now
  const [ourRates, floorRates] = await rates(quick ? 4 : 8);
  const seconds = quick ? 3 : 15;
  const ourP99 = quantile(await toOurs.latencies(100, seconds), 0.99);
  const floorP99 = quantile(await toFloor.latencies(100, seconds), 0.99);
  await Promise.all([toOurs.close(), toFloor.close()]);
  await Promise.all([ours.stop(), floor.stop()]);
  const perSecond = (rate: number) => `${rate.toFixed(0)}/s`;
  return [
    ratioRow("tasks/s, against a bare echo", median(ourRates), median(floorRates), perSecond, { least: 0.5 }),
    {
      what: "p99 latency at 100 tasks/s: ms over a bare echo",
      ours: ms(ourP99),
      floor: ms(floorP99),
      value: ourP99 - floorP99,
      bound: { most: 5 },
    },
  ];
};

/** What many tasks leave behind in memory. */
export const growth: Part = async ({ programs, broker, quick }) => {
  const [early, late] = quick ? [1_000, 5_000] : [5_000, 50_000];
  const ours = await startOurs(programs, broker.url, join(programs.dir, "growth"));
  const sender = await openLoad(broker.port, "bench");
  const residentAfter = async (tasks: number) => {
    await sender.throughput(tasks, WINDOW);
    await Bun.sleep(SETTLED_MS);
    return residentBytes(ours.child.pid);
  };
  const before = await residentAfter(early);
  const after = await residentAfter(late - early);
  await sender.close();
  await ours.stop();
  const what = `resident memory after ${late} tasks, against after ${early}`;
  return [ratioRow(what, after, before, mib, { most: 1.1 })];
};

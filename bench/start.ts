import { join } from "node:path";
import { inTurn, type Part, timed } from "./measure.ts";
import { residentBytes, type Started, startFloor, startOurs } from "./programs.ts";
import { median, mib, ms, type Row, ratioRow } from "./stats.ts";

/** How long the commands take that do nothing but answer. */
export const commands: Part = async ({ programs, quick }) => {
  const row = async (flag: string): Promise<Row> => {
    const [ours, floor] = await inTurn(
      quick ? 10 : 40,
      () => timed([programs.agent, flag]),
      () => timed([programs.empty]),
    );
    const what = `agent2389 ${flag}, against an empty program`;
    return ratioRow(what, median(ours), median(floor), ms, { most: 1.5 });
  };
  return [await row("--version"), await row("--help")];
};

/** From exec until the agent takes tasks. */
export const start: Part = async ({ programs, broker, quick }) => {
  const readyMs = async (begin: () => Promise<Started>) => {
    const program = await begin();
    await program.stop();
    return program.readyAfterMs;
  };
  const [ours, floor] = await inTurn(
    quick ? 5 : 20,
    () => readyMs(() => startOurs(programs, broker.url, join(programs.dir, "start"))),
    () => readyMs(() => startFloor(programs, broker.port)),
  );
  return [ratioRow("exec to /ready 200", median(ours), median(floor), ms, { most: 2 })];
};

/** ms after which what a start or a burst leaves for the garbage collector is gone. */
export const SETTLED_MS = 1_500;

/** What an agent without tasks takes of the memory. */
export const idle: Part = async ({ programs, broker, quick }) => {
  const resident = async (begin: () => Promise<Started>) => {
    const program = await begin();
    await Bun.sleep(SETTLED_MS);
    const bytes = residentBytes(program.child.pid);
    await program.stop();
    return bytes;
  };
  const [ours, floor] = await inTurn(
    quick ? 1 : 3,
    () => resident(() => startOurs(programs, broker.url, join(programs.dir, "idle"))),
    () => resident(() => startFloor(programs, broker.port)),
  );
  return [ratioRow("idle resident memory", median(ours), median(floor), mib, { most: 1.5 })];
};

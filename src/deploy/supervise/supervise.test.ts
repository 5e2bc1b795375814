import { expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import type { Run, SupervisedProcess, SupervisorEvent } from "./process.ts";
import { afterEnding, RESTART_POLICY } from "./restart-policy.ts";
import { supervise } from "./supervise.ts";

const process = (name: string, more: Partial<SupervisedProcess> = {}): SupervisedProcess => ({
  name,
  argv: [name],
  env: {},
  killAfterSeconds: 30,
  ...more,
});

/** Processes that end when the test says so. */
function stage() {
  const clock = manualClock();
  const events: SupervisorEvent[] = [];
  const runs: {
    name: string;
    signals: string[];
    say(line: string): void;
    end(code: number): Promise<void>;
  }[] = [];
  let cannotStart: string | undefined;
  const spawn = ({ name }: SupervisedProcess, onLine: (line: string) => void): Run => {
    if (cannotStart !== undefined) throw new Error(cannotStart);
    const { promise, resolve } = Promise.withResolvers<number>();
    const signals: string[] = [];
    runs.push({
      name,
      signals,
      say: onLine,
      async end(code) {
        resolve(code);
        await settled();
      },
    });
    return { pid: runs.length, exited: promise, kill: (signal) => signals.push(signal) };
  };
  return {
    clock,
    events,
    runs,
    deps: { spawn, clock, random: () => 1, tell: (event: SupervisorEvent) => events.push(event) },
    refuseToStart: (why: string) => {
      cannotStart = why;
    },
    kinds: () => events.map(({ kind, name }) => `${name} ${kind}`),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a process that ends by itself is started again, after delays that double", async () => {
  const { deps, clock, runs } = stage();
  const supervisor = supervise([process("a")], deps);
  for (const delay of [1000, 2000, 4000]) {
    const before = runs.length;
    await runs.at(-1)!.end(1);
    expect(clock.sleeps.at(-1)).toBe(delay);
    await clock.advance(delay - 1);
    expect(runs.length).toBe(before);
    await clock.advance(1);
    expect(runs.length).toBe(before + 1);
  }
  expect(supervisor.status()).toMatchObject([{ name: "a", state: "running", pid: 4, restarts: 3 }]);
});

test("five quick failures in a row are the end of it, with what it wrote last", async () => {
  const { deps, clock, runs, events } = stage();
  const supervisor = supervise([process("a")], deps);
  for (let i = 0; i < 5; i++) {
    runs.at(-1)!.say(`attempt ${i}`);
    await runs.at(-1)!.end(1);
    await clock.advance(60_000);
  }
  await supervisor.ended;
  expect(runs.length).toBe(5);
  expect(events.at(-1)).toEqual({
    kind: "gave up",
    name: "a",
    reason: "it ended 5 times in a row within 60 s of its start: exit code 1",
    lastLines: ["attempt 4"],
  });
  expect(supervisor.status()).toMatchObject([{ state: "gave up", pid: undefined }]);
});

test("one that ran well for a while begins anew", () => {
  const ending = (ranMs: number, failures: number) =>
    afterEnding({ code: 1, ranMs, failures }, RESTART_POLICY, () => 1);
  expect(ending(59_999, 4)).toMatchObject({ kind: "give up" });
  expect(ending(60_000, 4)).toEqual({ kind: "restart", delayMs: 1000, failures: 1 });
  expect(ending(10, 3)).toEqual({ kind: "restart", delayMs: 8000, failures: 4 });
});

test("a config that is wrong is not tried again", async () => {
  const { deps, runs, events } = stage();
  const supervisor = supervise([process("a")], deps);
  runs[0]!.say("error: agent.id is missing");
  await runs[0]!.end(2);
  await supervisor.ended;
  expect(runs.length).toBe(1);
  expect(events.at(-1)).toMatchObject({
    kind: "gave up",
    reason: "it cannot run as it is configured: exit code 2",
    lastLines: ["error: agent.id is missing"],
  });
});

test("one that cannot be started at all is given up; the others run on", async () => {
  const { deps, runs, refuseToStart, kinds, events } = stage();
  const first = supervise([process("a")], deps);
  refuseToStart("there is no such file");
  const second = supervise([process("b")], deps);
  await second.ended;
  expect(events.at(-1)).toMatchObject({ kind: "gave up", name: "b", reason: "there is no such file" });
  expect(first.status()).toMatchObject([{ state: "running" }]);
  expect(runs.length).toBe(1);
  expect(kinds()).toEqual(["a started", "b gave up"]);
});

test("stopping asks each once, and waits for all", async () => {
  const { deps, runs, kinds } = stage();
  const supervisor = supervise([process("a"), process("b")], deps);
  const stopped = supervisor.stop();
  await settled();
  expect(runs.map(({ signals }) => signals)).toEqual([["SIGTERM"], ["SIGTERM"]]);
  await runs[0]!.end(0);
  await runs[1]!.end(0);
  await stopped;
  await supervisor.ended;
  expect(kinds().slice(2)).toEqual(["a stopped", "b stopped"]);
  expect(supervisor.status().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
});

test("one that does not end in its time is killed", async () => {
  const { deps, clock, runs, events } = stage();
  const supervisor = supervise([process("a", { killAfterSeconds: 40 })], deps);
  const stopped = supervisor.stop();
  await clock.advance(39_999);
  expect(runs[0]!.signals).toEqual(["SIGTERM"]);
  await clock.advance(1);
  expect(runs[0]!.signals).toEqual(["SIGTERM", "SIGKILL"]);
  await runs[0]!.end(137);
  await stopped;
  expect(events.at(-1)).toEqual({ kind: "stopped", name: "a", killed: true });
});

test("one that waits for its next start is not started when it is stopped", async () => {
  const { deps, clock, runs } = stage();
  const supervisor = supervise([process("a")], deps);
  await runs[0]!.end(1);
  await supervisor.stop();
  await clock.advance(60_000);
  expect(runs.length).toBe(1);
  expect(supervisor.status()).toMatchObject([{ state: "stopped" }]);
});

test("another process takes the place of one, at once and without counting as a failure", async () => {
  const { deps, runs } = stage();
  const supervisor = supervise([process("a")], deps);
  const replaced = supervisor.replace(process("a", { env: { KEY: "new" } }));
  expect(runs[0]!.signals).toEqual(["SIGTERM"]);
  await runs[0]!.end(1);
  expect(await replaced).toBe(true);
  expect(runs.length).toBe(2);
  expect(supervisor.status()).toMatchObject([{ state: "running", pid: 2 }]);
  expect(await supervisor.replace(process("b"))).toBe(false);
});

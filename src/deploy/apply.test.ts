import { describe, expect, test } from "bun:test";
import { systemClock } from "../base/clock.ts";
import { ExpectedError } from "../base/errors.ts";
import { type ApplyDeps, applySteps, type Progress } from "./apply.ts";
import { type AnswerRule, type CliDouble, cliDouble } from "./cli-double.fixture.ts";
import type { Step } from "./target.ts";

const SECRETS = { API_KEY: "s3cr3t-value", PEM: "first line 1\nsecond line 2\n" };

interface Ran {
  told: Progress[];
  shown: string[];
  calls: ReturnType<CliDouble["calls"]>;
  error?: unknown;
  codes?: (number | undefined)[];
}

interface Options extends Partial<ApplyDeps> {
  rules?: readonly AnswerRule[];
  onCall?(): void;
}

/** Runs the steps with a program `tool` that answers by the rules. */
async function run(steps: readonly Step[], { rules = [], ...deps }: Options = {}): Promise<Ran> {
  using double = cliDouble({ tool: rules }, { env: ["API_KEY", "MODE"] });
  const told: Progress[] = [];
  const shown: string[] = [];
  let now = 0;
  const result = await applySteps(steps, {
    programs: new Map([["tool", { name: "tool", path: `${double.path}/tool`, version: "1.0" }]]),
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    secrets: SECRETS,
    clock: { ...systemClock, monotonic: () => (now += 500) },
    signal: new AbortController().signal,
    tell: (progress) => told.push(progress),
    show: (line) => shown.push(line),
    ...deps,
  }).then(
    (outcomes) => ({ codes: outcomes.map(({ code }) => code) }),
    (error: unknown) => ({ error }),
  );
  return { told, shown, calls: double.calls(), ...result };
}

const step = (rest: Partial<Step> = {}): Step => ({ title: "do it", argv: ["tool", "do"], ...rest });

describe("a step", () => {
  test("is told of, run and timed", async () => {
    const { told, calls, codes } = await run([
      step(),
      step({ title: "do more", argv: ["tool", "more", "a b"] }),
    ]);
    expect(calls.map(({ argv }) => argv)).toEqual([["do"], ["more", "a b"]]);
    expect(told).toEqual([
      { kind: "started", title: "do it" },
      { kind: "done", title: "do it", ms: 500 },
      { kind: "started", title: "do more" },
      { kind: "done", title: "do more", ms: 500 },
    ]);
    expect(codes).toEqual([0, 0]);
  });

  test("hands secrets over on standard input and as the variables that it names", async () => {
    const { calls } = await run([
      step({
        stdin: { description: "API_KEY", text: (secrets) => `API_KEY=${secrets["API_KEY"]}\n` },
        secretEnv: ["API_KEY", "UNKNOWN"],
        env: { MODE: "fast" },
        cwd: "/tmp",
      }),
      step(),
    ]);
    expect(calls[0]).toMatchObject({
      stdin: `API_KEY=${SECRETS.API_KEY}\n`,
      env: { API_KEY: SECRETS.API_KEY, MODE: "fast" },
      cwd: "/tmp",
    });
    expect(calls[1]).toMatchObject({ stdin: "", env: {} });
  });

  test("shows its output where it is for the user, without secrets", async () => {
    const say = { stdout: `one\nAPI_KEY=${SECRETS.API_KEY}\nsecond line 2\n` };
    const { shown } = await run([step({ shown: true })], { rules: [{ when: /do/, say }] });
    expect(shown).toEqual(["one", "API_KEY=[redacted]", "[redacted]"]);
    expect((await run([step()], { rules: [{ when: /do/, say }] })).shown).toEqual([]);
  });

  test("shows what it makes of its output instead, if it makes anything of it", async () => {
    const rules = [{ when: /do/, say: { stdout: "a\nb\n" } }];
    const read = (inspect: Step["inspect"]) =>
      run([step({ shown: true, ...(inspect && { inspect }) })], { rules });
    expect((await read((stdout) => stdout.toUpperCase())).shown).toEqual(["A", "B"]);
    expect((await read(() => undefined)).shown).toEqual([]);
    const refused = await read(() => {
      throw new ExpectedError("no such region");
    });
    expect(refused.error).toMatchObject({ message: "no such region" });
    expect(refused.told.at(-1)).toEqual({ kind: "failed", title: "do it" });
  });

  test("may end with other codes than 0, where it says so", async () => {
    const rules = [{ when: /do/, say: { code: 1 } }];
    expect((await run([step({ okCodes: [0, 1] })], { rules })).codes).toEqual([1]);
  });
});

describe("a step that may not be needed", () => {
  const skipIf: Step["skipIf"] = {
    argv: ["tool", "list"],
    satisfied: ({ stdout }) => stdout.includes("app"),
    because: "the app exists",
  };

  test("is left out when there is nothing to do", async () => {
    const { calls, told, codes } = await run([step({ skipIf })], {
      rules: [{ when: /list/, say: { stdout: "app" } }],
    });
    expect(calls.map(({ argv }) => argv[0])).toEqual(["list"]);
    expect(told.at(-1)).toEqual({ kind: "skipped", title: "do it", because: "the app exists" });
    expect(codes).toEqual([undefined]);
  });

  test("is run otherwise", async () => {
    const { calls } = await run([step({ skipIf })]);
    expect(calls.map(({ argv }) => argv[0])).toEqual(["list", "do"]);
  });

  test("gets arguments from another program, or there is nothing to do", async () => {
    const argsFrom: Step["argsFrom"] = {
      argv: ["tool", "images"],
      args: (stdout) => stdout.split("\n").filter((line) => line !== ""),
      placeholder: "<images>",
      because: "there are none",
    };
    const { calls } = await run([step({ argsFrom })], {
      rules: [{ when: /images/, say: { stdout: "--image\nx\n" } }],
    });
    expect(calls.map(({ argv }) => argv)).toEqual([["images"], ["do", "--image", "x"]]);
    expect((await run([step({ argsFrom })])).told.at(-1)).toEqual({
      kind: "skipped",
      title: "do it",
      because: "there are none",
    });
    const failed = await run([step({ argsFrom })], {
      rules: [{ when: /images/, say: { code: 7, stderr: "not logged in" } }],
    });
    expect(failed.error).toMatchObject({ message: "could not do it: tool ended with 7\n  | not logged in" });
    expect(failed.calls).toHaveLength(1);
  });
});

describe("a step that fails", () => {
  const failing = (say: AnswerRule["say"]) => [{ when: /do/, say }];

  test("ends it all: what the program said, what stands, how to go on", async () => {
    const { error, calls, told } = await run(
      [step({ onFailure: "The app is there. Deploy again." }), step()],
      {
        rules: failing({ code: 4, stdout: "working\n", stderr: `\nno: ${SECRETS.API_KEY}\nreally\n` }),
      },
    );
    expect(error).toMatchObject({
      name: "ExpectedError",
      message: "could not do it: tool ended with 4\n  | no: [redacted]\n  | really",
      hint: "The app is there. Deploy again.",
    });
    expect(calls).toHaveLength(1);
    expect(told).toEqual([
      { kind: "started", title: "do it" },
      { kind: "failed", title: "do it" },
    ]);
  });

  test("without words of its own it says that the same command goes on", async () => {
    expect((await run([step()], { rules: failing({ code: 1 }) })).error).toMatchObject({
      message: "could not do it: tool ended with 1",
      hint: "What stands is not undone: mend it, and run the same command again.",
    });
  });

  test("that only looks, for the user, says that it changed nothing", async () => {
    const look = step({ readOnly: true, shown: true });
    expect((await run([look], { rules: failing({ code: 1 }) })).error).toMatchObject({
      hint: "This only looks: it changed nothing.",
    });
  });

  test("has its reasons looked for, and a look that fails is none", async () => {
    const diagnose: Step[] = [
      step({ title: "the pod says", argv: ["tool", "describe"], shown: true }),
      step({ title: "silent", argv: ["tool", "silent"] }),
      step({ title: "its log", argv: ["tool", "logs"] }),
    ];
    const { error, shown } = await run([step({ diagnose })], {
      rules: [
        ...failing({ code: 1, stderr: "timed out" }),
        { when: /describe/, say: { stdout: `ImagePullBackOff ${SECRETS.API_KEY}\n` } },
        { when: /logs/, say: { code: 1, stderr: "no log" } },
      ],
    });
    expect(error).toMatchObject({
      message:
        "could not do it: tool ended with 1\n  | timed out\nthe pod says:\n  | ImagePullBackOff [redacted]\nits log:\n  | no log",
    });
    expect(shown).toEqual([]);
  });

  test("only the last lines of what it said are told", async () => {
    const stderr = Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join("");
    const { error } = await run([step()], { rules: failing({ code: 1, stderr }) });
    const { message } = error as Error;
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("\n  | …\n  | line 30\n");
    expect(message).toEndWith("line 49");
  });

  test("one that takes too long has failed", async () => {
    const { error } = await run([step({ timeoutSeconds: 0.5 })], {
      rules: failing({ hangs: true, stderr: "waiting" }),
    });
    expect(error).toMatchObject({ message: expect.stringMatching(/^could not do it: it took too long/) });
  });
});

describe("a step that is watched", () => {
  const clock = { ...systemClock, sleep: async () => {} };
  const hopelessIf = {
    argv: ["tool", "pods"] as const,
    satisfied: ({ stdout }: { stdout: string }) => stdout.includes("crash"),
    because: "the pod crashes",
  };

  test("is given up when nothing will come of it, and its reasons are looked for", async () => {
    const { error } = await run(
      [step({ hopelessIf, diagnose: [step({ title: "its log", argv: ["tool", "logs"] })] })],
      {
        clock,
        rules: [
          { when: /do/, say: { hangs: true } },
          { when: /pods/, say: [{ stdout: "starting" }, { stdout: "crash" }] },
          { when: /logs/, say: { stdout: "no such model\n" } },
        ],
      },
    );
    expect(error).toMatchObject({ message: "could not do it: the pod crashes\nits log:\n  | no such model" });
  });

  test("ends as it does when it is not hopeless", async () => {
    expect((await run([step({ hopelessIf })])).codes).toEqual([0]);
  });
});

describe("a step in the foreground", () => {
  test("gets secrets and arguments as any other, and may fail as any other", async () => {
    const { calls, codes, told } = await run([step({ foreground: true, secretEnv: ["API_KEY"] })]);
    expect(calls).toMatchObject([{ argv: ["do"], env: { API_KEY: SECRETS.API_KEY } }]);
    expect(codes).toEqual([0]);
    expect(told).toEqual([]);
    const { error } = await run([step({ foreground: true })], { rules: [{ when: /do/, say: { code: 3 } }] });
    expect(error).toMatchObject({ message: "could not do it: tool ended with 3" });
  });
});

describe("an interrupt", () => {
  test("ends the program that runs, and says where it stopped", async () => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const { error, told } = await run([step({ shown: true }), step({ title: "do more" })], {
      signal: controller.signal,
      show: () => controller.abort(reason),
      rules: [{ when: /do/, say: { stdout: "begun\n", hangs: true } }],
    });
    expect(error).toBe(reason);
    expect(told).toEqual([
      { kind: "started", title: "do it" },
      { kind: "stopped", title: "do it" },
    ]);
  });
});

import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProgramCall, runProgram } from "./run-program.ts";

const sh = (script: string, rest: Partial<ProgramCall> = {}) =>
  runProgram({
    argv: ["/bin/sh", "-c", script],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    signal: new AbortController().signal,
    ...rest,
  });

test("gives what the program wrote, and its exit code", async () => {
  expect(await sh("echo out; echo err >&2; exit 3")).toEqual({
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
    timedOut: false,
  });
});

test("hands over standard input, variables and the folder, and nothing else of the environment", async () => {
  const { stdout } = await sh('cat; echo "$X:$HOME"; pwd', {
    stdin: "in\n",
    env: { PATH: "/usr/bin:/bin", X: "a b" },
    cwd: tmpdir(),
  });
  expect(stdout).toBe(`in\na b:\n${tmpdir()}\n`);
});

test("without standard input there is none to wait for", async () => {
  expect((await sh("cat")).stdout).toBe("");
});

test("tells lines as they come, also one that is not ended", async () => {
  const lines: string[] = [];
  await sh("printf 'one\\ntwo'; echo three >&2", { onLine: (line) => lines.push(line) });
  expect(lines.sort()).toEqual(["one", "three", "two"]);
});

test("an empty line is a line", async () => {
  const lines: string[] = [];
  await sh("printf 'one\\n\\ntwo\\n'", { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(["one", "", "two"]);
});

test("a program that is not there is told by its name", async () => {
  const signal = new AbortController().signal;
  const missing = runProgram({ argv: ["/nowhere/kubectl"], env: {}, cwd: "/", signal });
  await expect(missing).rejects.toMatchObject({
    name: "ExpectedError",
    message: expect.stringContaining("/nowhere/kubectl cannot be started"),
  });
});

describe("stopping", () => {
  test("a program that takes too long is ended", async () => {
    expect(await sh("exec sleep 60", { timeoutSeconds: 0.05 })).toMatchObject({ timedOut: true, code: 143 });
  });

  test("an interrupt ends it, and waits for its end", async () => {
    const dir = mkdtempSync(join(tmpdir(), "run-"));
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const script = `trap 'echo > ${dir}/ended; exit 1' TERM; echo ready; while :; do sleep 0.01; done`;
    const running = sh(script, { signal: controller.signal, onLine: () => controller.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(existsSync(join(dir, "ended"))).toBe(true);
    rmSync(dir, { recursive: true });
  });

  test("nothing is started any more after one", async () => {
    const reason = new Error("Ctrl-C");
    await expect(sh("exit 0", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("what it left behind holds nobody up", async () => {
    const { stdout } = await sh("sleep 60 & echo $!");
    process.kill(Number(stdout.trim()));
  });
});

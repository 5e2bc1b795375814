import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { pytorchFile } from "../../models/export/files.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

let temp: ReturnType<typeof tempDir>;
beforeEach(() => {
  temp = tempDir();
});
afterEach(() => temp[Symbol.asyncDispose]());

/** Stands for Python: what it is told of the trust, it tells as its failure. */
const PYTHON = `#!/bin/sh
for last; do :; done
echo "{\\"error\\": \\"export\\", \\"text\\": \\"told: $last\\"}"
exit 1
`;

test.each([
  ["run", [], "untrusted"],
  ["run", ["--trust-model"], "trusted"],
  ["quantize", [], "untrusted"],
  ["quantize", ["--trust-model"], "trusted"],
])("%s %p has the model loaded as %s", async (command, flags, told) => {
  mkdirSync(join(temp.path, "bin"));
  writeFileSync(join(temp.path, "bin/python3"), PYTHON, { mode: 0o755 });
  const argv = ["deploy-model", command, pytorchFile("module.pt"), "--precision", "fp16", ...flags];
  const { code, stderr } = await runCli(programNamed("agent2389"), argv, {
    cwd: temp.path,
    env: { XDG_CACHE_HOME: join(temp.path, "cache"), PATH: `${join(temp.path, "bin")}:/bin:/usr/bin` },
  });
  expect(code).toBe(1);
  expect(stderr).toContain(`PyTorch cannot export the model: told: ${told}\n`);
});

test.each(["inspect", "bench"])(
  "%s, which reads ONNX alone, says what exports a PyTorch file",
  async (command) => {
    const argv = ["deploy-model", command, pytorchFile("module.pt")];
    const env = { XDG_CACHE_HOME: join(temp.path, "cache"), PATH: "/nowhere" };
    const { code, stderr } = await runCli(programNamed("agent2389"), argv, { cwd: temp.path, env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/this is no ONNX model.*\n.*module\.pt\n +hint: PyTorch's files are taken by/);
  },
);

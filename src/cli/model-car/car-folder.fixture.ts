import { afterEach, beforeEach } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { LLAMA_70B, llamaFolder } from "../../modelcar/model/llama-folder.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

export const YAML = `# ours
model-car:
  - name: small # keep
    image: ./small
    serving_arguments:
      args:
        - --max-model-len=32768
        - --api-key=open-sesame
  - name: large
    image: ./large
    serving_arguments:
      args: [--max-model-len=16384, --tensor-parallel-size=2]
`;

/** A folder for each test of a file, with two models and a model-car of them, and the commands run there. */
export function carFolder() {
  let temp: ReturnType<typeof tempDir>;
  beforeEach(() => {
    temp = tempDir();
    llamaFolder(join(temp.path, "small"));
    llamaFolder(join(temp.path, "large"), LLAMA_70B);
    write("car.base.yaml", YAML);
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const at = (...path: string[]) => join(temp.path, ...path);
  const write = (file: string, text: string) => writeFileSync(at(file), text);
  const text = (file: string) => readFileSync(at(file), "utf8");

  const run = (argv: string[], env: Record<string, string> = {}, stdin = "") =>
    runCli(programNamed("agent2389"), ["model-car", ...argv], {
      ...{ cwd: temp.path, stdin },
      env: { HOME: at("home"), PATH: at("bin"), ...env },
    });
  const check = (...argv: string[]) => run(["check", "car.base.yaml", "--vllm-version", "0.11.0", ...argv]);
  return { at, write, text, run, check };
}

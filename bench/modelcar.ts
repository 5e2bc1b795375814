import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseModelCar } from "../src/modelcar/manifest/parse.ts";
import { tinyRegistry } from "../src/modelcar/model/tiny-registry.fixture.ts";
import { tempDir } from "../test/peers/temp-dir.ts";
import { inTurn, type Part, timed } from "./measure.ts";
import { median, ms, type Row } from "./stats.ts";

/** `model-car check` on a model-car of twenty models whose facts are in the cache. */

const MODELS = 20;
const GPUS = "20x NVIDIA-L40S";

/** Twenty models by digest, so that nothing is asked of the registry once they were read. */
function manifest(host: string, digest: string): string {
  const entries = Array.from(
    { length: MODELS },
    (_, i) => `  - name: model-${i}
    image: oci://${host}/org/model-${i}@${digest}
    serving_arguments:
      args: [--max-model-len=${512 + i}, --uvicorn-log-level=info]
`,
  );
  return `model-car:\n${entries.join("")}`;
}

/** As the command does it, from the text of the file to the verdict. */
async function check(text: string, stateFolder: string): Promise<string> {
  const [{ supervise }, { parseGpus }, { namedRuntime }] = await Promise.all([
    import("../src/modelcar/supervisor/supervise.ts"),
    import("../src/modelcar/gpus/parse.ts"),
    import("../src/modelcar/runtime/image.ts"),
  ]);
  const runtime = namedRuntime("0.11.0", "bench");
  const inventory = parseGpus(GPUS, runtime);
  const { report } = await supervise({
    car: parseModelCar(text, "car.yaml"),
    world: { env: {}, cwd: "/", fetch, now: Date.now, wait: async () => {}, stateFolder },
    inspect: async () => ({ inventory, checks: [] }),
    ...{ machines: GPUS, runtime },
  });
  return report.verdict;
}

/** In this process after loading, and as a whole program against one that does nothing. */
export const modelCar: Part = async ({ programs, quick }) => {
  await using dir = tempDir();
  const registry = tinyRegistry();
  const digest = await digestOf(registry.host, "1");
  const file = join(dir.path, "car.yaml");
  const text = manifest(registry.host, digest);
  writeFileSync(file, text);
  const cache = join(dir.path, "agent2389");
  mkdirSync(cache);
  if ((await check(text, cache)) !== "GO") throw new Error("the models of the benchmark do not run");
  registry[Symbol.dispose]();
  return [await inProcess(text, cache, quick), await asProgram(file, dir.path, programs, quick)];
};

async function digestOf(host: string, tag: string): Promise<string> {
  const response = await fetch(`http://${host}/v2/org/model/manifests/${tag}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
}

async function inProcess(text: string, cache: string, quick: boolean): Promise<Row> {
  const times: number[] = [];
  for (let i = 0; i < (quick ? 10 : 40); i++) {
    const begun = performance.now();
    await check(text, cache);
    times.push(performance.now() - begun);
  }
  const value = median(times);
  const what = `model-car check, ${MODELS} models in the cache`;
  return { what, ours: ms(value), floor: "", value, bound: { most: 50 } };
}

async function asProgram(
  file: string,
  home: string,
  programs: { agent: string; empty: string },
  quick: boolean,
): Promise<Row> {
  const argv = [programs.agent, "model-car", "check", file, "--gpus", GPUS, "--vllm-version", "0.11.0"];
  const env = ["env", `XDG_CACHE_HOME=${home}`];
  const [ours, floor] = await inTurn(
    quick ? 10 : 40,
    () => timed([...env, ...argv]),
    () => timed([...env, programs.empty]),
  );
  return {
    what: `model-car check as a program, ${MODELS} models, against an empty program`,
    ours: ms(median(ours)),
    floor: ms(median(floor)),
    value: median(ours) / median(floor),
    bound: { most: 4 },
  };
}

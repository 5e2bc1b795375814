import { agentInput } from "../src/cli/agent-deploy/agent-input.ts";
import { standardFeatures } from "../src/config/standard-features.ts";
import { parseForDeployment } from "../src/config/variables/for-deployment.ts";
import type { AgentInput } from "../src/deploy/agent-input.ts";
import { makePlan } from "../src/deploy/make-plan.ts";
import type { DeployTarget } from "../src/deploy/target.ts";
import { TARGET_NAMES, TARGETS } from "../src/deploy/targets/index.ts";
import type { Programs } from "./programs.ts";
import { median, ms, type Row } from "./stats.ts";

/** Rendering for every target, in this process and as a whole program. */

const CONFIG = new URL("../config/agents/researcher.toml", import.meta.url).pathname;
const BROKER = { MQTT_BROKER_URL: "mqtts://mqtt.example.com:8883" };

async function load(text: string): Promise<AgentInput> {
  const loaded = await parseForDeployment(text, CONFIG, {
    cwd: "/",
    features: standardFeatures,
    values: { options: BROKER, file: {}, environment: {} },
  });
  return agentInput(loaded, { name: undefined, set: [] });
}

/** From a loaded config to the files of all targets; gives the number of files. */
function renderAll(input: AgentInput, targets: readonly DeployTarget[]): number {
  const { plan } = makePlan([input], { version: "1.2.3" });
  return targets.reduce((files, target) => files + Object.keys(target.render(plan)).length, 0);
}

const MANY = 1000;

/** One config on all targets after loading, and a thousand configs on all targets from their texts on. */
export async function renderRows(quick: boolean): Promise<Row[]> {
  const text = await Bun.file(CONFIG).text();
  const targets = await Promise.all(TARGET_NAMES.map(async (name) => (await TARGETS[name].load()).target));
  const input = await load(text);
  const cold = timed(() => renderAll(input, targets));
  const warm = Array.from({ length: quick ? 20 : 100 }, () => timed(() => renderAll(input, targets)));
  const count = quick ? MANY / 10 : MANY;
  const begun = performance.now();
  for (let i = 0; i < count; i++)
    renderAll(await load(text.replace("researcher-agent", `agent-${i}`)), targets);
  const seconds = ((performance.now() - begun) / 1000) * (MANY / count);
  return [
    {
      what: `one config on ${targets.length} targets, after loading: first time, median of the next`,
      ours: `${ms(cold)}, ${ms(median(warm))}`,
      floor: "",
      value: median(warm),
      bound: { most: 15 },
    },
    {
      what: `${MANY} configs on ${targets.length} targets, s`,
      ours: `${seconds.toFixed(2)} s`,
      floor: "",
      value: seconds,
      bound: { most: 5 },
    },
  ];
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** `agent-deploy render k8s`, against a program that does nothing. */
export async function renderProgramRow(
  programs: Programs,
  time: (command: string[]) => Promise<number>,
  quick: boolean,
): Promise<Row> {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let i = 0; i < (quick ? 10 : 40); i++) {
    ours.push(await time([programs.agent, "agent-deploy", "render", "k8s", CONFIG]));
    floor.push(await time([programs.empty]));
  }
  return {
    what: "agent-deploy render k8s, against an empty program",
    ours: ms(median(ours)),
    floor: ms(median(floor)),
    value: median(ours) / median(floor),
    bound: { most: 3 },
  };
}

import { expect, test } from "bun:test";
import { parse } from "yaml";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { examplePlans } from "../../plans.fixture.ts";
import type { Files } from "../../target.ts";
import { type Carried, testTarget } from "../../target-contract.fixture.ts";
import { target } from "./index.ts";

testTarget(target, { readBack });

interface ComposeFile {
  services: Record<
    string,
    {
      image: string;
      runtime?: string;
      command: string[];
      environment: Record<string, string | null>;
      configs?: { source: string; target: string }[];
      volumes?: string[];
    }
  >;
  configs: Record<string, { content: string }>;
}

/** As Compose reads it: `$$` is one `$`. */
function readBack(files: Files, { agents }: DeployPlan): Carried[] {
  const { services, configs } = parse((files["compose.yaml"] ?? "").replaceAll("$$", "$")) as ComposeFile;
  return agents.map(({ name, config }) => {
    const { command, environment, configs: mounted = [] } = services[name]!;
    const carried = Object.fromEntries(
      mounted.map(({ source, target: path }) => [path, configs[source]?.content ?? ""]),
    );
    const env = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null);
    return {
      agent: name,
      config: carried[config.path] ?? "",
      files: carried,
      env: Object.fromEntries(env),
      args: command,
    };
  });
}

const { minimal, jetson, "three-agents": three } = examplePlans;
const dockerfile = (plan: DeployPlan): string => target.render(plan)["Dockerfile.jetson"]!;
const accelerated = (agent: AgentPlan, jetpack: string): AgentPlan => ({
  ...agent,
  accelerator: { kind: "jetson", jetpack, cachePath: "/var/cache/agent2389" },
});

test("the worker runs with NVIDIA's runtime and keeps its engines on a volume", () => {
  const { services } = parse(target.render(jetson)["compose.yaml"]!) as ComposeFile;
  expect(services["edge-agent"]).toMatchObject({ image: "agent2389:1.2.3-jetpack6.2", runtime: "nvidia" });
  expect(services["edge-agent"]!.volumes?.some((volume) => volume.endsWith(":/var/cache/agent2389"))).toBe(
    true,
  );
});

test("a config that says nothing of accelerators is for a Jetson all the same", () => {
  const { services } = parse(target.render(minimal)["compose.yaml"]!) as ComposeFile;
  expect(services["hello"]).toMatchObject({ image: "agent2389:1.2.3-jetpack6.2", runtime: "nvidia" });
});

test("the base is that of the JetPack", () => {
  const on = (jetpack: string) =>
    dockerfile({ ...jetson, agents: [accelerated(jetson.agents[0]!, jetpack)] });
  expect(on("6.2")).toContain("ARG BASE_IMAGE=nvcr.io/nvidia/l4t-tensorrt:r10.3.0-devel\n");
  expect(on("5.1.3")).toContain("ARG BASE_IMAGE=nvcr.io/nvidia/l4t-tensorrt:r8.5.2-devel\n");
  expect(on("7.0")).toContain("ARG BASE_IMAGE=nvcr.io/nvidia/tensorrt:25.09-py3\n");
});

test("agents of one board have one JetPack", () => {
  const [first, second, third] = three.agents;
  const plan = { ...three, agents: [accelerated(first!, "6.2"), accelerated(second!, "6.0"), third!] };
  expect(target.problems(plan)).toEqual([
    {
      agent: second!.name,
      message: `${second!.name} is for JetPack 6.0, ${first!.name} for 6.2`,
      hint: expect.stringContaining("One board has one JetPack"),
    },
  ]);
});

test("a JetPack without a known base is refused, also with an image of one's own", () => {
  const agent = { ...accelerated(jetson.agents[0]!, "4.6"), image: "example.com/mine:1" };
  expect(target.problems({ ...jetson, agents: [agent] })).toEqual([
    expect.objectContaining({ message: 'no image with TensorRT is known for JetPack "4.6"' }),
  ]);
});

test("building comes first, the program's image before the worker's", () => {
  const titles = target.operations!.deploy(jetson, "/rendered", []).map(({ title }) => title);
  expect(titles.filter((title) => title.startsWith("build"))).toEqual([
    "build the image agent2389:1.2.3",
    "build the image agent2389:1.2.3-jetpack6.2",
  ]);
});

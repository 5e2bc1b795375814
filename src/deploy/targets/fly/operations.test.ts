import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualClock } from "../../../../test/peers/manual-clock.ts";
import { applySteps } from "../../apply.ts";
import { type AnswerRule, cliDouble } from "../../cli-double.fixture.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { externalBrokerPlans } from "../../plans.fixture.ts";
import type { Step } from "../../target.ts";
import { operations } from "./operations.ts";

const { minimal, storage, "three-agents": three } = externalBrokerPlans;

const json = (value: unknown) => ({ stdout: JSON.stringify(value) });
const REGIONS: AnswerRule = { when: /^platform regions/, say: json([{ code: "sjc" }, { code: "fra" }]) };
const LOCAL_IMAGE: AnswerRule = { when: /^image inspect/, say: { stdout: "linux/amd64\n" } };
/** Nothing of it is there yet. */
const EMPTY: AnswerRule = { when: /(apps|volumes|ips|machine) list/, say: { stdout: "[]" } };

interface Run {
  lines: string[];
  stdin: Record<string, string>;
  folders: Record<string, string>;
  shown: string[];
  skipped: string[];
  error: Error | undefined;
  dir: string;
}

/** Runs steps with doubles of fly and docker, that answer by the rules. */
async function run(
  steps: (dir: string) => Step[],
  {
    fly = [],
    docker = [LOCAL_IMAGE],
    secrets = {},
  }: { fly?: AnswerRule[]; docker?: AnswerRule[]; secrets?: Record<string, string> } = {},
): Promise<Run> {
  using double = cliDouble({ fly: [...fly, REGIONS, EMPTY], docker });
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "fly-")));
  for (const { name } of three.agents) mkdirSync(join(dir, name));
  const [shown, skipped]: [string[], string[]] = [[], []];
  let error: Error | undefined;
  try {
    await applySteps(steps(dir), {
      programs: new Map(),
      env: { PATH: double.path },
      cwd: dir,
      secrets,
      clock: manualClock(),
      signal: AbortSignal.timeout(20_000),
      tell: (progress) => progress.kind === "skipped" && skipped.push(progress.because),
      show: (line) => shown.push(line),
    });
  } catch (thrown) {
    error = thrown as Error;
  } finally {
    rmSync(dir, { recursive: true });
  }
  const calls = double.calls();
  return {
    lines: double.lines(),
    stdin: Object.fromEntries(
      calls.filter(({ stdin }) => stdin !== "").map((call) => [call.argv.join(" "), call.stdin]),
    ),
    folders: Object.fromEntries(calls.map((call) => [call.argv.join(" "), call.cwd])),
    shown,
    skipped,
    error,
    dir,
  };
}

const withAgent = (plan: DeployPlan, change: Partial<AgentPlan>): DeployPlan => ({
  ...plan,
  agents: [{ ...plan.agents[0]!, ...change }],
});
const deployed =
  (plan: DeployPlan, given: string[] = []) =>
  (dir: string) =>
    operations.deploy(plan, dir, given);

test("it looks first, then makes what is missing, then deploys, then shows", async () => {
  const { lines, error } = await run(deployed(storage, ["ANTHROPIC_API_KEY"]), {
    secrets: { ANTHROPIC_API_KEY: "sk-1" },
  });
  expect(error).toBeUndefined();
  expect(lines).toEqual([
    "fly auth whoami",
    "fly platform regions --json",
    "docker image inspect --format {{.Os}}/{{.Architecture}} agent2389:1.2.3",
    "fly apps list --json",
    "fly apps create archive-agent-2 --org archive",
    "fly secrets import --app archive-agent-2 --stage",
    "fly volumes list --app archive-agent-2 --json",
    "fly volumes create agent2389_data --app archive-agent-2 --region fra --size 5 --count 1 --yes",
    "fly ips list --app archive-agent-2 --json",
    "fly ips allocate-v4 --shared --app archive-agent-2 --yes",
    "fly deploy --app archive-agent-2 --config fly.toml --ha=false --yes --local-only",
    "fly machine list --app archive-agent-2 --json",
    "fly scale count 1 --app archive-agent-2 --region fra --yes",
    "fly status --app archive-agent-2",
  ]);
});

test("what is there already is not made again", async () => {
  const { lines, skipped } = await run(deployed(storage), {
    fly: [
      { when: /^apps list/, say: json([{ Name: "archive-agent-2" }]) },
      { when: /^volumes list/, say: json([{ name: "agent2389_data", region: "fra" }]) },
      { when: /^ips list/, say: json([{ Type: "shared_v4" }]) },
      { when: /^machine list/, say: json([{ state: "started" }]) },
    ],
  });
  expect(lines.filter((line) => /create|allocate|scale|import/.test(line))).toEqual([]);
  expect(lines).toContain("fly deploy --app archive-agent-2 --config fly.toml --ha=false --yes --local-only");
  expect(skipped).toEqual([
    "the app archive-agent-2 exists",
    "archive-agent-2 has its volume",
    "archive-agent-2 has a public address",
    "archive-agent-2 has 1",
  ]);
});

test("secrets go over standard input, only those that are given, and nothing shows them", async () => {
  const { lines, stdin, shown, error } = await run(deployed(minimal, ["OPENAI_API_KEY", "UNRELATED"]), {
    secrets: { OPENAI_API_KEY: "sk-very-secret", UNRELATED: "other" },
    fly: [
      { when: /^secrets import/, say: {} },
      { when: /^deploy/, say: { stdout: "set OPENAI_API_KEY=sk-very-secret\n", code: 1 } },
      { when: /^logs/, say: { stdout: "started with sk-very-secret\n" } },
    ],
  });
  expect(stdin).toEqual({ "secrets import --app hello --stage": "OPENAI_API_KEY=sk-very-secret\n" });
  expect([...lines, ...shown, String(error)].join("\n")).not.toContain("sk-very-secret");
});

test("an image of a registry is not looked for here", async () => {
  const plan = withAgent(minimal, { image: "ghcr.io/example/agent2389:1.2.3" });
  const { lines } = await run(deployed(plan));
  expect(lines.filter((line) => line.startsWith("docker"))).toEqual([]);
  expect(lines).toContain("fly deploy --app hello --config fly.toml --ha=false --yes --no-public-ips");
});

test("several agents are several apps, each deployed from its folder", async () => {
  const { folders, dir } = await run(deployed(three));
  const deployments = Object.entries(folders).filter(([line]) => line.startsWith("deploy"));
  expect(deployments.map(([, folder]) => folder)).toEqual(three.agents.map(({ name }) => join(dir, name)));
});

test.each<[string, AnswerRule, string, string]>([
  [
    "nobody is logged in",
    { when: /^auth whoami/, say: { stderr: "Error: No access token available.", code: 1 } },
    "No access token available",
    "fly auth login",
  ],
  [
    "the region is unknown",
    { when: /^platform regions/, say: json([{ code: "sjd" }]) },
    'Fly has no region "sjc"',
    "Did you mean sjd?",
  ],
])("%s: told before anything is changed", async (_, rule, message, hint) => {
  const { error, lines } = await run(deployed(minimal), { fly: [rule] });
  expect(String(error)).toContain(message);
  expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
  expect(lines.filter((line) => /create|import|deploy|scale/.test(line))).toEqual([]);
});

test.each([
  ["is not here", { stderr: "Error: No such image", code: 1 }, "No such image", "Dockerfile.generic"],
  ["is for another processor", { stdout: "linux/arm64\n" }, "is for linux/arm64", "--platform linux/amd64"],
])("an image that %s: told before anything is changed", async (_, say, message, hint) => {
  const { error, lines } = await run(deployed(minimal), { docker: [{ when: /^image inspect/, say }] });
  expect(String(error)).toContain(message);
  expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
  expect(lines.filter((line) => /create|deploy /.test(line))).toEqual([]);
});

test("a size of Machine that is asked for is looked up", async () => {
  const agent = minimal.agents[0]!;
  const plan = withAgent(minimal, {
    settings: { ...agent.settings, fly: { ...agent.settings.fly, vm_size: "shared-cpu-9x" } },
  });
  const { error } = await run(deployed(plan), {
    fly: [{ when: /^platform vm-sizes/, say: json([{ name: "shared-cpu-1x" }]) }],
  });
  expect(String(error)).toContain('Fly has no size of Machine "shared-cpu-9x"');
});

test("a deployment that fails shows the Machines, the last lines of the log, and how to go on", async () => {
  const { error } = await run(deployed(minimal), {
    fly: [
      { when: /^deploy/, say: { stderr: "Error: health checks did not pass", code: 1 } },
      { when: /^status/, say: { stdout: "1 machine, 0/1 passing\n" } },
      { when: /^logs --app hello --no-tail/, say: { stdout: "no API key for openai\n" } },
    ],
  });
  expect(String(error)).toContain("health checks did not pass");
  expect(String(error)).toContain("0/1 passing");
  expect(String(error)).toContain("no API key for openai");
  expect(error).toMatchObject({ hint: expect.stringContaining("agent-deploy rollback fly") });
});

test("rollback deploys the files of the version before, where they are known", async () => {
  const { lines } = await run((dir) => operations.rollback(minimal, dir, true));
  expect(lines).toEqual([
    "fly deploy --app hello --config fly.toml --ha=false --yes --no-public-ips --local-only",
  ]);
});

test("rollback deploys the image of the release before, where its files are not known", async () => {
  const releases = [
    { Status: "complete", ImageRef: "registry.fly.io/hello:two" },
    { Status: "complete", ImageRef: "registry.fly.io/hello:one" },
  ];
  const { lines } = await run((dir) => operations.rollback(minimal, dir, false), {
    fly: [{ when: /^releases/, say: json(releases) }],
  });
  expect(lines).toEqual([
    "fly releases --app hello --image --json",
    "fly deploy --app hello --config fly.toml --ha=false --yes --no-public-ips --image registry.fly.io/hello:one",
  ]);
});

test("a rollback with nothing to go back to changes nothing", async () => {
  const { lines, error } = await run((dir) => operations.rollback(minimal, dir, false), {
    fly: [{ when: /^releases/, say: json([{ Status: "complete", ImageRef: "a" }]) }],
  });
  expect(String(error)).toContain("hello has no earlier release with another image");
  expect(lines).toEqual(["fly releases --app hello --image --json"]);
});

test("logs are followed, or the last lines of what Fly keeps are shown", async () => {
  const rule: AnswerRule = { when: /^logs/, say: { stdout: "1\n2\n3\n" } };
  const some = await run(() => operations.logs(minimal, { follow: false, tail: 2 }), { fly: [rule] });
  expect(some.lines).toEqual(["fly logs --app hello --no-tail"]);
  expect(some.shown).toEqual(["2", "3"]);
  const all = await run(() => operations.logs(minimal, { follow: true, tail: 2 }), { fly: [rule] });
  expect(all.lines).toEqual(["fly logs --app hello"]);
  expect(all.shown).toEqual(["1", "2", "3"]);
});

test("the log of one of several agents", () => {
  const steps = operations.logs(three, { follow: false, tail: 2, agent: three.agents[1]!.name });
  expect(steps.map(({ argv }) => argv[3])).toEqual([three.agents[1]!.name]);
});

test("secrets that are pushed alone take effect at once", async () => {
  const agent = minimal.agents[0]!;
  const { lines, stdin } = await run(() => operations.pushSecrets(minimal, agent, ["OPENAI_API_KEY"], "."), {
    secrets: { OPENAI_API_KEY: "sk-1" },
  });
  expect(lines).toEqual(["fly secrets import --app hello"]);
  expect(Object.values(stdin)).toEqual(["OPENAI_API_KEY=sk-1\n"]);
});

test("destroying what is not there is no failure", async () => {
  expect((await run((dir) => operations.destroy(minimal, dir))).skipped).toEqual(["there is no app hello"]);
  const { lines } = await run((dir) => operations.destroy(minimal, dir), {
    fly: [{ when: /^apps list/, say: json([{ name: "hello" }]) }],
  });
  expect(lines.at(-1)).toBe("fly apps destroy hello --yes");
});

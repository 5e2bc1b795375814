import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hostileConfig } from "./hostile-config.fixture.ts";
import type { AgentPlan, DeployPlan } from "./plan.ts";
import {
  EXAMPLE_NAMES,
  type ExampleName,
  examplePlans,
  externalBrokerPlans,
  planOfText,
  secretsOf,
} from "./plans.fixture.ts";
import type { DeployTarget, Files, Step, TargetOperations } from "./target.ts";

/** What an agent finds in its container, read back from the rendered files by whoever knows their format. */
export interface Carried {
  agent: string;
  config: string;
  /** By absolute path in the container. */
  files: Readonly<Record<string, string>>;
  /** Plain variables. */
  env: Readonly<Record<string, string>>;
  args: readonly string[];
}

export interface ContractOptions {
  /** Examples that the platform cannot carry: their problems are checked instead. */
  refuses?: readonly ExampleName[];
  /** Deploys no broker along: the examples name one of their own. */
  externalBroker?: boolean;
  /**
   * Reads the rendered files by the platform's rules (parses YAML, undoes its escaping), one entry for each agent in
   * the plan's order. The values of what the target sets besides the plan may be among them.
   */
  readBack(files: Files, plan: DeployPlan): Carried[];
}

/** Every target keeps to this: `testTarget(target, { readBack })` in its own test. */
export function testTarget(target: DeployTarget, options: ContractOptions): void {
  const { refuses = [], externalBroker = false } = options;
  const plans = externalBroker ? externalBrokerPlans : examplePlans;
  const accepted = EXAMPLE_NAMES.filter((name) => !refuses.includes(name));

  describe(`${target.name} keeps to the contract of targets`, () => {
    test("says in one line what it is", () => {
      expect(target.name).toMatch(/^[a-z][a-z0-9]*$/);
      expect(target.summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
      for (const { commands, install } of target.clis) {
        expect(commands.length).toBeGreaterThan(0);
        expect(install).toMatch(/\S/);
        expect(install).not.toContain("\n");
      }
    });

    test.each(accepted)("%s: nothing is wrong, and nothing is changed in the plan", (name) => {
      const before = JSON.stringify(plans[name]);
      expect(target.problems(plans[name])).toEqual([]);
      target.render(plans[name]);
      target.instructions(plans[name]);
      expect(JSON.stringify(plans[name])).toBe(before);
    });

    test.each(accepted)("%s: renders text files of its own folder, the same each time", (name) => {
      const files = target.render(plans[name]);
      expect(target.render(structuredClone(plans[name]))).toEqual(files);
      expect(Object.keys(files).length).toBeGreaterThan(0);
      for (const [path, text] of Object.entries(files)) {
        expect(path).toMatch(/^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._/@-]+$/);
        expect(path).not.toMatch(/^\/|\/$|\/\//);
        expect(text).toEndWith("\n");
        expect(text).not.toMatch(/\r|\[object Object\]|\bundefined\b/);
      }
      expect(Object.values(files).join("\n")).toContain("agent-deploy");
    });

    test.each(accepted)("%s: carries config, files and variables as they are", (name) => {
      const plan = plans[name];
      expectCarried(options.readBack(target.render(plan), plan), plan);
    });

    test("whatever stands in a config, the agent finds it", async () => {
      await fc.assert(
        fc.asyncProperty(hostileConfig, async ({ toml, env }) => {
          const plan = await planOfText(toml);
          expect(plan.agents[0]!.env).toMatchObject(env);
          if (target.problems(plan).length > 0) return;
          expectCarried(options.readBack(target.render(plan), plan), plan);
        }),
        { numRuns: 60 },
      );
    });

    test.each(accepted)("%s: says what to do with the files", (name) => {
      for (const line of target.instructions(plans[name])) expect(line).toMatch(/^\S.*[^\s]$/s);
    });

    if (refuses.length > 0) {
      test.each(refuses)("%s: is refused with a remedy", (name) => {
        const problems = target.problems(plans[name]);
        expect(problems.length).toBeGreaterThan(0);
        for (const { message, hint } of problems) {
          expect(message).toMatch(/^[^\n]{10,}[^.\n]$/);
          expect(hint).toMatch(/^[A-Z][^\n]*\S$/);
        }
      });
    }
    if (target.operations)
      testOperations(
        target,
        target.operations,
        accepted.map((name) => [name, plans[name]]),
      );
  });
}

/** A newline at the end means nothing in a config, and files should have one. */
const endedLine = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

/** The text of a config comes back to the byte, but for a newline at its end, and so does every variable. */
export function expectCarried(carried: readonly Carried[], plan: DeployPlan): void {
  expect(carried.map(({ agent }) => agent)).toEqual(plan.agents.map(({ name }) => name));
  for (const [i, agent] of plan.agents.entries()) {
    const found = carried[i]!;
    expect(endedLine(found.config)).toBe(endedLine(agent.config.text));
    for (const { path, text } of agent.files)
      expect(endedLine(found.files[path] ?? "")).toBe(endedLine(text));
    expect(found.env).toMatchObject(agent.env);
    expect(found.args).toEqual(agent.args);
  }
}

function testOperations(
  target: DeployTarget,
  operations: TargetOperations,
  plans: readonly (readonly [ExampleName, DeployPlan])[],
): void {
  const programs = target.clis.map(({ commands }) => commands[0]);

  test.each(plans)("%s: runs only programs that it declares, never a shell", (_, plan) => {
    for (const step of allSteps(operations, plan)) {
      const called = [step.argv[0], ...(step.skipIf ? [step.skipIf.argv[0]] : [])];
      expect(programs).toEqual(expect.arrayContaining(called));
      expect(step.title).toMatch(/^[a-z][^\n]*[^.\n]$/);
      expect(step.argv.every((word) => typeof word === "string" && !word.includes("\u0000"))).toBe(true);
    }
  });

  test.each(plans)("%s: takes the same steps each time", (_, plan) => {
    expect(JSON.stringify(allSteps(operations, plan))).toBe(
      JSON.stringify(allSteps(operations, structuredClone(plan))),
    );
  });

  test.each(plans)(
    "%s: gives secrets on stdin or as variables of the child, all that it is given",
    (_, plan) => {
      for (const agent of plan.agents) {
        const names = agent.secrets.map(({ name }) => name);
        if (names.length > 0)
          expect(handedOver(operations.pushSecrets(plan, agent, names, "/rendered"), plan)).toEqual(
            names.sort(),
          );
      }
    },
  );

  test.each(plans)("%s: tells of secrets by their names only", (_, plan) => {
    const values = Object.values(secretsOf(plan));
    const shown = JSON.stringify(allSteps(operations, plan));
    for (const value of values) expect(shown).not.toContain(JSON.stringify(value).slice(1, -1));
  });

  test.each(plans)("%s: only looks when it is asked to look", (_, plan) => {
    const looking = [
      ...operations.status(plan),
      ...operations.logs(plan, { follow: false, tail: 10 }),
      ...operations.diff(plan, "/rendered"),
    ];
    expect(looking.filter(({ readOnly }) => readOnly !== true)).toEqual([]);
    expect(
      operations.deploy(plan, "/rendered", secretNames(plan)).some(({ readOnly }) => readOnly !== true),
    ).toBe(true);
  });

  test.each(plans)("%s: says what to do next", (_, plan) => {
    for (const line of operations.next(plan)) expect(line).toMatch(/^\S[^\n]*\S$/);
  });
}

const secretNames = (plan: DeployPlan): string[] => Object.keys(secretsOf(plan)).sort();

function allSteps(operations: TargetOperations, plan: DeployPlan): Step[] {
  const dir = "/rendered";
  const push = ({ secrets }: AgentPlan): string[] => secrets.map(({ name }) => name);
  const steps = [
    ...operations.deploy(plan, dir, secretNames(plan)),
    ...operations.status(plan),
    ...operations.logs(plan, { follow: true, tail: 50 }),
    ...operations.destroy(plan, dir),
    ...operations.rollback(plan, dir, true),
    ...operations.rollback(plan, dir, false),
    ...operations.diff(plan, dir),
    ...plan.agents.flatMap((agent) => operations.pushSecrets(plan, agent, push(agent), dir)),
  ];
  return steps.flatMap((step) => [step, ...(step.diagnose ?? [])]);
}

/** Names of the secrets whose values the steps hand over. */
function handedOver(steps: readonly Step[], plan: DeployPlan): string[] {
  const secrets = secretsOf(plan);
  const texts = steps.flatMap(({ stdin }) => (stdin === undefined ? [] : [stdin.text(secrets)]));
  const named = new Set(steps.flatMap(({ secretEnv = [] }) => secretEnv));
  const handed = (name: string): boolean =>
    named.has(name) ||
    texts.some((text) => waysToWrite(secrets[name]!).some((written) => text.includes(written)));
  return Object.keys(secrets).filter(handed).sort();
}

/** A value as formats write it: plain, in JSON, in base64. */
const waysToWrite = (value: string): string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value).toString("base64"),
];

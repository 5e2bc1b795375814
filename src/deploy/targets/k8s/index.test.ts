import { expect, test } from "bun:test";
import fc from "fast-check";
import { hostileConfig } from "../../hostile-config.fixture.ts";
import type { DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans, planOfText } from "../../plans.fixture.ts";
import { expectCarried, testTarget } from "../../target-contract.fixture.ts";
import { target } from "./index.ts";
import { readObjects } from "./judges/objects.fixture.ts";
import { podsOf, restrictedViolations } from "./judges/pod-security.fixture.ts";
import { carriedBy } from "./judges/read-back.fixture.ts";
import { brokenReferences } from "./judges/references.fixture.ts";
import { KUBERNETES, schemaJudge } from "./judges/schema-judge.fixture.ts";
import { namespaceOf } from "./names.ts";
import { everythingOn } from "./plans.fixture.ts";

testTarget(target, { readBack: (files, plan) => carriedBy(readObjects(files), plan) });

const plans: readonly (readonly [string, DeployPlan])[] = [
  ...EXAMPLE_NAMES.map((name) => [name, examplePlans[name]] as const),
  ...EXAMPLE_NAMES.map((name) => [`${name}, with a broker of its own`, externalBrokerPlans[name]] as const),
  ...Object.entries(await everythingOn()),
];

test.each(KUBERNETES)("Kubernetes %s admits every object, unknown fields being errors", async (version) => {
  const judge = await schemaJudge(version);
  for (const [name, plan] of plans) {
    for (const object of readObjects(target.render(plan))) {
      expect([name, object.kind, judge(object)]).toEqual([name, object.kind, []]);
    }
  }
});

test.each(plans)("%s: the restricted Pod Security Standard admits every pod", (_, plan) => {
  const pods = readObjects(target.render(plan)).flatMap(podsOf);
  expect(pods.length).toBeGreaterThan(0);
  expect(pods.flatMap(restrictedViolations)).toEqual([]);
});

test.each(plans)("%s: names are valid, and what is referred to is there", (_, plan) => {
  expect(brokenReferences(readObjects(target.render(plan)), namespaceOf(plan))).toEqual([]);
});

test("any config, however unpleasant, comes to the agent as it is, in objects that are admitted", async () => {
  const judge = await schemaJudge("openapi");
  await fc.assert(
    fc.asyncProperty(hostileConfig, async ({ toml, env }) => {
      const plan = await planOfText(toml);
      expect(target.problems(plan)).toEqual([]);
      const objects = readObjects(target.render(plan));
      expect(objects.flatMap(judge)).toEqual([]);
      expect(brokenReferences(objects, namespaceOf(plan))).toEqual([]);
      const carried = carriedBy(objects, plan);
      expectCarried(carried, plan);
      expect(carried[0]?.env).toMatchObject(env);
    }),
    { numRuns: 150 },
  );
});

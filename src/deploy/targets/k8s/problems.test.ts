import { expect, test } from "bun:test";
import type { DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans } from "../../plans.fixture.ts";
import { withAgents, withSettings } from "./plans.fixture.ts";
import { problems } from "./problems.ts";

const { minimal, storage, "three-agents": three } = examplePlans;

test.each(EXAMPLE_NAMES)("nothing is wrong with %s", (name) => {
  expect(problems(examplePlans[name])).toEqual([]);
});

const scattered = (setting: "namespace" | "context"): DeployPlan => ({
  ...three,
  agents: three.agents.map((agent, i) =>
    i === 1
      ? { ...agent, settings: { ...agent.settings, k8s: { ...agent.settings.k8s, [setting]: "elsewhere" } } }
      : agent,
  ),
});

test.each<[string, DeployPlan, string, RegExp]>([
  [
    "two namespaces",
    scattered("namespace"),
    "agents that are deployed together go into one namespace: researcher-agent names agents, writer-agent names elsewhere",
    /--namespace, or deploy them apart/,
  ],
  [
    "two contexts",
    scattered("context"),
    "agents that are deployed together go into one context: researcher-agent names the current one, writer-agent names elsewhere",
    /--context, or deploy them apart/,
  ],
  [
    "a name that is none for a Service",
    withAgents(minimal, () => ({ name: "1st" })),
    "the name 1st begins with a digit, which a Service may not",
    /\[deploy\] name/,
  ],
  [
    "the name of the broker",
    withAgents(minimal, () => ({ name: "hello-broker" })),
    "the broker that is deployed along has the name hello-broker too",
    /another name/,
  ],
  [
    "more than a ConfigMap holds",
    withAgents(minimal, () => ({ files: [{ path: "/app/config/big.txt", text: "é".repeat(600_000) }] })),
    expect.stringMatching(/^the config and its files are \d{7} bytes, and a ConfigMap holds 1048576$/),
    /Leave out files/,
  ],
  [
    "a volume for several replicas",
    withAgents(storage, () => ({ replicas: 2 })),
    "2 replicas cannot share one volume",
    /\[deploy\] storage/,
  ],
  [
    "a volume and a scale",
    withSettings(storage, { autoscale: "hpa" }),
    "autoscaling cannot share one volume",
    /one replica/,
  ],
  [
    "a scale that begins at nothing",
    withAgents(withSettings(minimal, { autoscale: "keda" }), () => ({ replicas: 0 })),
    'autoscale = "keda" needs a replica to measure',
    /replicas to 1/,
  ],
  [
    "a scale that ends before it begins",
    withAgents(withSettings(minimal, { autoscale: "hpa", max_replicas: 2 }), () => ({ replicas: 3 })),
    "max_replicas = 2 is less than replicas = 3",
    /Raise/,
  ],
])("%s", (_, plan, message, hint) => {
  expect(problems(plan)).toEqual([
    {
      ...(plan.agents.length === 1 && { agent: plan.agents[0]!.name }),
      message,
      hint: expect.stringMatching(hint),
    },
  ]);
});

import { expect, test } from "bun:test";
import type { AnswerRule } from "../../../cli-double.fixture.ts";
import { examplePlans, externalBrokerPlans } from "../../../plans.fixture.ts";
import { destroy } from "./destroy.ts";
import { run } from "./run.fixture.ts";

const { minimal, "three-agents": three } = examplePlans;
const KINDS =
  "deployments.apps,horizontalpodautoscalers.autoscaling,poddisruptionbudgets.policy,services,networkpolicies.networking.k8s.io,persistentvolumeclaims,configmaps,secrets,serviceaccounts";
const OURS: AnswerRule = { when: /get namespaces/, say: { stdout: "namespace/agents\n" } };
const EMPTY: AnswerRule = { when: /get all/, say: { stdout: "configmap/kube-root-ca.crt\n" } };

test("everything goes, by what it is labelled with, and a namespace that we made and that is empty then", async () => {
  const { changes } = await run(destroy(minimal), [OURS, EMPTY]);
  const own = "app.kubernetes.io/managed-by=agent-deploy,app.kubernetes.io/name";
  expect(changes).toEqual([
    `delete ${KINDS} --selector ${own}=agent2389,app.kubernetes.io/instance in (hello) --cascade=foreground --ignore-not-found --timeout=150s`,
    `delete ${KINDS} --selector ${own}=mosquitto,app.kubernetes.io/instance in (hello-broker) --cascade=foreground --ignore-not-found --timeout=120s`,
    "delete namespace --ignore-not-found agents",
  ]);
});

test.each([
  [
    "somebody else made it",
    [{ when: /get namespaces/, say: { stdout: "" } }],
    "agent-deploy did not make it",
  ],
  [
    "something else is in it",
    [OURS, { when: /get all/, say: { stdout: "pod/other\n" } }],
    "something else is in it",
  ],
])("the namespace stays when %s", async (_, rules, because) => {
  const { changes, skipped } = await run(destroy(minimal), rules);
  expect(changes.filter((line) => line.includes("namespace"))).toEqual([]);
  expect(skipped).toContain(`delete the namespace agents: ${because}`);
});

test("a broker that other agents of the project use stays", async () => {
  const others: AnswerRule = { when: /get deployments/, say: { stdout: "deployment.apps/judge-agent\n" } };
  const { skipped } = await run(destroy(three), [others]);
  expect(skipped).toContain("delete the broker agents-broker and what waits in it: other agents use it");
});

test("objects of operators go where the cluster has such", async () => {
  const keda: AnswerRule = {
    when: /get scaledobjects.keda.sh/,
    say: { stdout: "scaledobject.keda.sh/hello\n" },
  };
  const { changes } = await run(destroy(externalBrokerPlans.minimal), [keda]);
  expect(changes[0]).toMatch(/^delete scaledobjects\.keda\.sh --selector .*in \(hello\) --ignore-not-found$/);
  expect(changes.join("\n")).not.toContain("servicemonitors");
});

test("nothing goes when one may not", async () => {
  const { changes, error } = await run(destroy(minimal), [
    { when: /can-i delete/, say: { code: 1, stdout: "no\n" } },
  ]);
  expect(changes).toEqual([]);
  expect(error).toHaveProperty("hint", expect.stringMatching(/^Nothing was changed/));
});

import { expect, test } from "bun:test";
import { examplePlans, externalBrokerPlans } from "../../../plans.fixture.ts";
import { withAgents } from "../plans.fixture.ts";
import { diff } from "./diff.ts";
import { logs } from "./logs.ts";
import { run } from "./run.fixture.ts";
import { status } from "./status.ts";

const { minimal, "three-agents": three } = externalBrokerPlans;

const deployment = (ready: number, wanted: number, updated = wanted) => ({
  kind: "Deployment",
  spec: { replicas: wanted, template: { spec: { containers: [{ image: "agent2389:1.2.3" }] } } },
  metadata: { name: "hello" },
  status: { readyReplicas: ready, updatedReplicas: updated },
});

const looked = (...items: object[]) => [
  { when: /get deployments,pods/, say: { stdout: JSON.stringify({ items }) } },
];

test("the status is a line for each deployment, and one for each pod that is not as it should be", async () => {
  const pod = {
    kind: "Pod",
    metadata: { name: "hello-x" },
    status: {
      containerStatuses: [
        { name: "agent", ready: false, state: { waiting: { reason: "ImagePullBackOff" } } },
      ],
    },
  };
  const { shown, lines } = await run(status(minimal), looked(deployment(1, 2, 1), pod));
  expect(lines).toEqual([
    "get deployments,pods --selector app.kubernetes.io/name=agent2389,app.kubernetes.io/instance=hello --output json",
  ]);
  expect(shown).toEqual([
    "hello: 1 of 2 ready, 1 of the new version, agent2389:1.2.3",
    expect.stringMatching(/^ {2}hello-x: agent waits: ImagePullBackOff\. Does the image exist/),
  ]);
});

test("what is not deployed is said, and is a failure", async () => {
  const { error } = await run(status(minimal), looked());
  expect(error?.message).toBe("hello is not deployed in the namespace agents");
});

test("the status of a broker that is deployed along comes first", () => {
  expect(status(examplePlans.minimal).map(({ title }) => title)).toEqual([
    "look at hello-broker",
    "look at hello",
  ]);
});

test("logs of several agents come in one stream, with the names of their pods", async () => {
  const { lines } = await run(logs(three, { follow: true, tail: 50 }));
  expect(lines).toEqual([
    "logs --selector app.kubernetes.io/name=agent2389,app.kubernetes.io/component=agent,app.kubernetes.io/instance in (researcher-agent,writer-agent,editor-agent) --container=agent --tail=50 --max-log-requests=100 --prefix --follow",
  ]);
});

test("logs of one pod stand alone, those of its replicas do not", () => {
  expect(logs(three, { follow: false, tail: 1, agent: "writer-agent" })[0]?.argv).not.toContain("--prefix");
  const replicas = withAgents(minimal, () => ({ replicas: 2 }));
  expect(logs(replicas, { follow: false, tail: 1 })[0]?.argv).toContain("--prefix");
});

test("differences are no failure, and are shown as kubectl says them", async () => {
  const differs = [{ when: /diff/, say: { code: 1, stdout: "-  image: a\n+  image: b\n" } }];
  const { shown, error, lines } = await run(diff(minimal, "/dir"), differs);
  expect(error).toBeUndefined();
  expect(shown).toEqual(["-  image: a", "+  image: b"]);
  expect(lines).toEqual([
    "diff --server-side --field-manager=agent-deploy --force-conflicts --filename /dir/hello.yaml",
  ]);
  const broken = await run(diff(minimal, "/dir"), [{ when: /diff/, say: { code: 2, stderr: "boom" } }]);
  expect(broken.error?.message).toContain("boom");
});

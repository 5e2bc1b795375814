import { expect, test } from "bun:test";
import type { AnswerRule } from "../../../cli-double.fixture.ts";
import { examplePlans, externalBrokerPlans } from "../../../plans.fixture.ts";
import { deploy } from "./deploy.ts";
import { isHopeless } from "./hopeless.ts";
import { rollback } from "./rollback.ts";
import { run } from "./run.fixture.ts";

const { minimal } = externalBrokerPlans;

interface ContainerFacts {
  waiting?: { reason: string; message?: string };
  running?: object;
  terminated?: { exitCode: number; reason: string };
  before?: { exitCode: number; reason: string };
  restarts?: number;
  ready?: boolean;
}

const pod = (
  name: string,
  owner: string,
  { before, restarts = 0, ready = false, ...state }: ContainerFacts,
) => ({
  kind: "Pod",
  metadata: { name, ownerReferences: [{ kind: "ReplicaSet", name: owner }] },
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "agent",
        ready,
        restartCount: restarts,
        state,
        ...(before && { lastState: { terminated: before } }),
      },
    ],
  },
});

const replicaSet = (name: string, revision: number) => ({
  kind: "ReplicaSet",
  metadata: { name, annotations: { "deployment.kubernetes.io/revision": String(revision) } },
  status: {},
});

const list = (...items: object[]) => JSON.stringify({ kind: "List", items });
const crashing = {
  waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" },
  before: { exitCode: 2, reason: "Error" },
};

const WARNINGS = list(
  {
    reason: "FailedMount",
    message: "not mine",
    involvedObject: { kind: "Pod", name: "other-1" },
    lastTimestamp: "3",
  },
  {
    reason: "BackOff",
    message: "Back-off restarting failed container",
    count: 7,
    involvedObject: { kind: "Pod", name: "hello-2-x" },
    lastTimestamp: "2",
  },
);

const diagnosed: AnswerRule[] = [
  {
    when: /get pods .*json/,
    say: { stdout: list(pod("hello-2-x", "hello-2", { ...crashing, restarts: 3 })) },
  },
  { when: /get events/, say: { stdout: WARNINGS } },
  { when: /logs/, say: { stdout: "[pod/hello-2-x/agent] the config has no model\n" } },
];

test("a rollout that fails says why: the pod's state, the warnings, the last words, and how to go on", async () => {
  const late: AnswerRule = {
    when: /rollout status/,
    say: { code: 1, stderr: 'error: deployment "hello" exceeded its progress deadline' },
  };
  const { error } = await run(deploy(minimal, "/dir", []), [late, ...diagnosed]);
  expect(error?.message).toBe(
    [
      "could not wait until hello is ready: kubectl ended with 1",
      '  | error: deployment "hello" exceeded its progress deadline',
      "the pods of hello:",
      "  | hello-2-x: agent waits: CrashLoopBackOff: back-off 40s; before that it ended with exit code 2. Its last log lines say why it ends.",
      "warnings of the cluster:",
      "  | Pod hello-2-x: BackOff: Back-off restarting failed container (7 times)",
      "the last log lines of hello:",
      "  | [pod/hello-2-x/agent] the config has no model",
    ].join("\n"),
  );
  expect(error).toHaveProperty("hint", expect.stringContaining("agent-deploy rollback k8s"));
});

test("a new pod that does not start ends the wait at once", async () => {
  const waiting: AnswerRule = { when: /rollout status/, say: { hangs: true } };
  const stuck = list(replicaSet("hello-2", 2), pod("hello-2-x", "hello-2", { ...crashing, restarts: 3 }));
  const looks: AnswerRule = { when: /get replicasets,pods/, say: [{ stdout: list() }, { stdout: stuck }] };
  const { error } = await run(
    deploy(minimal, "/dir", []),
    [waiting, looks, ...diagnosed],
    {},
    { timePasses: true },
  );
  expect(error?.message).toStartWith(
    "could not wait until hello is ready: its new pod does not start\nthe pods of hello:",
  );
});

test("pods that got stuck before are given another try, when it is deployed again", async () => {
  const stuck = list(replicaSet("hello-2", 2), pod("hello-2-x", "hello-2", { ...crashing, restarts: 9 }));
  const looks: AnswerRule = { when: /get replicasets,pods/, say: { stdout: stuck } };
  const { changes, error } = await run(deploy(minimal, "/dir", []), [looks]);
  expect(error).toBeUndefined();
  expect(changes.at(-1)).toBe("rollout restart deployment/hello");
});

test.each([
  ["nothing is there yet", list(), false],
  [
    "it starts",
    list(replicaSet("a-1", 1), pod("p", "a-1", { waiting: { reason: "ContainerCreating" } })),
    false,
  ],
  ["it ended once", list(replicaSet("a-1", 1), pod("p", "a-1", { ...crashing, restarts: 1 })), false],
  ["it ended three times", list(replicaSet("a-1", 1), pod("p", "a-1", { ...crashing, restarts: 2 })), true],
  [
    "the image cannot be had",
    list(replicaSet("a-1", 1), pod("p", "a-1", { waiting: { reason: "ImagePullBackOff" } })),
    true,
  ],
  [
    "a secret is missing",
    list(replicaSet("a-1", 1), pod("p", "a-1", { waiting: { reason: "CreateContainerConfigError" } })),
    true,
  ],
  [
    "the version before crashes, the new one starts",
    list(
      replicaSet("a-9", 9),
      replicaSet("a-10", 10),
      pod("p", "a-9", { ...crashing, restarts: 50 }),
      pod("q", "a-10", { running: {} }),
    ),
    false,
  ],
  ["it is no list", "error", false],
])("whether a rollout is hopeless: %s", (_, stdout, hopeless) => {
  expect(isHopeless(stdout)).toBe(hopeless);
});

test("a rollback takes each agent to the version before, and waits; the broker stays", async () => {
  const { lines } = await run(rollback(examplePlans["three-agents"]));
  expect(lines.filter((line) => !line.startsWith("get"))).toEqual([
    "version --request-timeout=10s",
    "auth can-i patch deployments.apps",
    "rollout undo deployment/researcher-agent",
    "rollout undo deployment/writer-agent",
    "rollout undo deployment/editor-agent",
    "rollout status deployment/researcher-agent --timeout=330s",
    "rollout status deployment/writer-agent --timeout=330s",
    "rollout status deployment/editor-agent --timeout=330s",
  ]);
});

test("without a version before, a rollback changes nothing and says where to look", async () => {
  const none: AnswerRule = {
    when: /rollout undo/,
    say: { code: 1, stderr: 'error: no rollout history found for deployment "hello"' },
  };
  const { error } = await run(rollback(minimal), [none]);
  expect(error?.message).toContain("no rollout history found");
  expect(error).toHaveProperty("hint", expect.stringContaining("kubectl rollout history deployment/hello"));
});

import { expect, test } from "bun:test";
import { podTroubles } from "./pod-troubles.ts";

const pods = (...statuses: object[]) =>
  JSON.stringify({
    items: statuses.map((status, i) => ({ kind: "Pod", metadata: { name: `x-${i}` }, status })),
  });

const container = (state: object, more: object = {}) => ({
  containerStatuses: [{ name: "agent", ready: false, state, ...more }],
});

test.each([
  ["all is well", pods(container({ running: {} }, { ready: true })), []],
  ["there is none", pods(), ["there are none: the warnings say why"]],
  [
    "no machine takes it",
    pods({
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/3 nodes: Insufficient memory.",
        },
      ],
    }),
    [
      "x-0: no machine takes it: 0/3 nodes: Insufficient memory. Ask for less ([deploy.resources.requests]), or give the cluster a machine that fits.",
    ],
  ],
  [
    "the image is not there",
    pods(container({ waiting: { reason: "ErrImagePull", message: 'failed to pull "x:1"' } })),
    [
      'x-0: agent waits: ErrImagePull: failed to pull "x:1". Does the image exist, for this kind of processor, and may the cluster pull it? --image names another.',
    ],
  ],
  [
    "a secret is missing",
    pods(
      container({
        waiting: { reason: "CreateContainerConfigError", message: 'secret "x-secrets" not found' },
      }),
    ),
    [
      'x-0: agent waits: CreateContainerConfigError: secret "x-secrets" not found. Is a secret missing? See agent-deploy secrets list k8s.',
    ],
  ],
  [
    "it used up its memory",
    pods(
      container(
        { waiting: { reason: "CrashLoopBackOff" } },
        { lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } },
      ),
    ),
    [
      "x-0: agent waits: CrashLoopBackOff; before that it ended with exit code 137 (OOMKilled). It needs more memory: [deploy.resources.limits].",
    ],
  ],
  [
    "it ended",
    pods(container({ terminated: { exitCode: 2, reason: "Error", message: "config\n" } })),
    ["x-0: agent ended with exit code 2: config"],
  ],
  [
    "it runs without its broker",
    pods(container({ running: {} })),
    [
      "x-0: agent runs, and is not ready. It answers /ready once it is connected to its broker: its log lines say whether it is.",
    ],
  ],
  [
    "an init container fails",
    pods({
      initContainerStatuses: [
        { name: "passwords", ready: false, state: { terminated: { exitCode: 1, reason: "Error" } } },
      ],
      ...container({ waiting: { reason: "PodInitializing" } }),
    }),
    ["x-0: passwords ended with exit code 1"],
  ],
  [
    "it was put out",
    pods({ phase: "Failed", reason: "Evicted", message: "The node was low on memory." }),
    ["x-0: Evicted: The node was low on memory."],
  ],
  ["it is no list", "Unable to connect", ["Unable to connect"]],
])("what is wrong with pods: %s", (_, stdout, told) => {
  expect(podTroubles(stdout)).toEqual(told);
});

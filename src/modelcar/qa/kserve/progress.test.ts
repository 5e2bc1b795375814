import { expect, test } from "bun:test";
import { turningClock } from "../qa.fixture.ts";
import { kserveCluster } from "./kserve-cluster.fixture.ts";

const on = kserveCluster();
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "qa-x7k2p-1-granite-8b-predictor-0",
    namespace: "model-validation",
    labels: { "serving.kserve.io/inferenceservice": "qa-x7k2p-1-granite-8b" },
  },
};
const container = (more: object) => [{ name: "kserve-container", ...more }];
const creating = { containerStatuses: container({ state: { waiting: { reason: "ContainerCreating" } } }) };

/** As a pod fares that waits for a new node, pulls its images and loads a model; each state is seen twice. */
const STATES = [
  {
    phase: "Pending",
    conditions: [
      {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "3 Insufficient nvidia.com/gpu",
      },
    ],
  },
  { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }], ...creating },
  { phase: "Running", containerStatuses: container({ ready: false, state: { running: {} } }) },
];

test("how far a model is, whenever that changes, and how long it took", async () => {
  const clock = turningClock();
  let looks = 0;
  const sleep = async (ms: number): Promise<void> => {
    await clock.sleep(ms);
    const status = STATES[Math.floor(looks++ / 2)];
    const service = on.api.get("InferenceService", "qa-x7k2p-1-granite-8b", "model-validation");
    if (status !== undefined) on.api.put({ ...POD, status });
    else if (service !== undefined) {
      const ready = { conditions: [{ type: "Ready", status: "True" }] };
      on.api.put({ ...service, status: ready });
    }
  };
  const { result, lines } = await on.run({ granite: ["pending"] }, {}, on.one(), {
    clock: { ...clock, sleep },
  });
  expect(result.code).toBe("QA_OK");
  const from = lines.findIndex((line) => line.includes("apply InferenceService"));
  expect(lines.slice(from + 1, from + 6)).toEqual([
    "[QA] granite-8b: its pod is being made: ContainerCreating",
    "[QA] granite-8b: waits for a node: 3 Insufficient nvidia.com/gpu",
    "[QA] granite-8b: its pod is being made: ContainerCreating",
    "[QA] granite-8b: its pod runs: the model is being loaded",
    "[QA] granite-8b: ready, after 35 s",
  ]);
});

test("a log that is not there is told as that", async () => {
  const { lines } = await on.run({ granite: ["crash"] }, {}, on.one());
  expect(lines).toContain("[QA]   its log could not be read, or is empty");
});

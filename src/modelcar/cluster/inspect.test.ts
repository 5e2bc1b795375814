import { expect, test } from "bun:test";
import { TOKEN, USER } from "../../../test/peers/kubernetes-api.ts";
import { PLAIN_KUBERNETES } from "../../../test/peers/kubernetes-resources.ts";
import { namedRuntime } from "../runtime/image.ts";
import { l4Node, nodeObject, podObject, templateObject, testWorld } from "./cluster.fixture.ts";
import { unhealthy } from "./health.ts";
import type { InspectOptions } from "./inspect.ts";
import { inspectedCluster } from "./inspected-cluster.fixture.ts";
import type { ClusterInspection } from "./types.ts";

const on = inspectedCluster();
const { inspect } = on;

const states = ({ checks }: ClusterInspection): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, state }) => [id, state]));
const codes = ({ inventory }: ClusterInspection): string[] => inventory.problems.map(({ code }) => code);

const CUDA = "registry.redhat.io/rhaiis/vllm-cuda-rhel9@sha256:ab12";

test("an OpenShift AI cluster: nodes, free GPUs, quotas, runtime and tolerations", async () => {
  on.api.put(l4Node({ name: "gpu-1", taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] }));
  on.api.put(l4Node({ name: "gpu-2", unschedulable: true }));
  on.api.put(nodeObject({ name: "master-0" }));
  on.api.put(podObject({ name: "serving", nodeName: "gpu-1", gpus: 3 }));
  on.api.put(podObject({ name: "ended", nodeName: "gpu-1", gpus: 1, phase: "Succeeded" }));
  on.api.put(podObject({ name: "waiting", gpus: 4, phase: "Pending" }));
  on.api.put(podObject({ name: "left", nodeName: "gpu-2", gpus: 1 }));
  on.api.put({
    kind: "ResourceQuota",
    metadata: { name: "team", namespace: "llm" },
    status: { hard: { "requests.nvidia.com/gpu": "2" }, used: { "requests.nvidia.com/gpu": "1" } },
  });
  on.api.put(templateObject("vllm-rocm-runtime-template", "quay.io/modh/vllm@sha256:cd34", "v0.11.0"));
  on.api.put(templateObject("vllm-cuda-runtime-template", CUDA, "v0.11.2.1"));
  on.api.put({
    kind: "HardwareProfile",
    metadata: { name: "gpu", namespace: "redhat-ods-applications" },
    spec: {
      scheduling: { type: "Node", node: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }] } },
    },
  });
  const inspection = await inspect();
  expect(inspection).toMatchObject({ user: USER, version: "v1.31.6", namespace: "llm", nodeCount: 3 });
  expect(inspection.checks.map(({ id, state, detail }) => `${id} ${state}: ${detail}`).slice(0, 6)).toEqual([
    `reach ok: ${new URL(on.api.server).host}, Kubernetes v1.31.6`,
    `login ok: as ${USER}`,
    "list-nodes ok: 3 nodes",
    "list-pods ok: 3 pods on nodes with accelerators",
    "list-resourcequotas ok: 1 set (team: 1 of 2 requests.nvidia.com/gpu used)",
    "list-appliedclusterresourcequotas ok: none is set",
  ]);
  const { inventory } = inspection;
  expect(
    inventory.nodes.map(({ name, pools }) => [name, pools[0]?.allocatable, pools[0]?.allocated]),
  ).toEqual([
    ["gpu-1", 4, 3],
    ["gpu-2", 4, 1],
  ]);
  expect(inventory).toMatchObject({
    source: "cluster",
    complete: true,
    quotas: [{ name: "team", resource: "requests.nvidia.com/gpu", hard: 2, used: 1 }],
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
    runtime: { image: CUDA, version: "0.11.2.1", platform: "cuda" },
  });
  expect(codes(inspection)).toEqual(["node-cordoned"]);
  expect(unhealthy(inspection)).toBeUndefined();
});

test("plain Kubernetes is as good; what it is without is no fault", async () => {
  on.api.behaviour.absent = PLAIN_KUBERNETES;
  on.api.put(l4Node());
  const inspection = await inspect();
  expect(inspection.inventory).toMatchObject({
    complete: true,
    runtime: { version: undefined },
    problems: [],
  });
  expect(inspection.checks.every(({ state }) => state === "ok")).toBe(true);
});

test("an image of the namespace comes before the templates; what the user says before both", async () => {
  on.api.put(l4Node());
  on.api.put(templateObject("vllm-cuda-runtime-template", CUDA, "v0.11.2.1"));
  on.api.put({
    kind: "ServingRuntime",
    metadata: { name: "mine", namespace: "llm" },
    spec: {
      containers: [{ name: "kserve-container", image: "docker.io/vllm/vllm-openai:v0.12.0" }],
      tolerations: [{ key: "team" }],
    },
  });
  on.api.put({
    kind: "ServingRuntime",
    metadata: { name: "ovms", namespace: "llm" },
    spec: { containers: [{ image: "quay.io/modh/openvino_model_server:stable" }] },
  });
  const { inventory, images } = await inspect();
  expect(inventory).toMatchObject({ runtime: { version: "0.12.0" }, tolerations: [{ key: "team" }] });
  expect(images.map(({ from }) => from)).toEqual([
    "ServingRuntime llm/mine",
    "Template redhat-ods-applications/vllm-cuda-runtime-template",
  ]);
  const runtime = { version: "0.13.0", image: undefined, platform: undefined, evidence: "--vllm-version" };
  const mine = { key: "mine", operator: "Exists" as const, value: undefined, effect: undefined };
  expect((await inspect({ runtime, tolerations: [mine] })).inventory).toMatchObject({
    runtime,
    tolerations: [{ key: "team" }, mine],
  });
});

test("accelerators of another vendor have the runtime and the profile that are for them", async () => {
  const ROCM = "quay.io/modh/vllm-rocm:v0.10.2";
  on.api.put(l4Node({ name: "gpu-1" }));
  on.api.put(nodeObject({ name: "gpu-2", resources: { "amd.com/gpu": "2" } }));
  on.api.put(templateObject("vllm-rocm-runtime-template", ROCM, "v0.10.2"));
  on.api.put(templateObject("vllm-cuda-runtime-template", CUDA, "v0.11.2.1"));
  on.api.put({
    kind: "HardwareProfile",
    metadata: { name: "amd", namespace: "redhat-ods-applications" },
    spec: {
      identifiers: [{ identifier: "amd.com/gpu" }],
      scheduling: { type: "Node", node: { tolerations: [{ key: "amd.com/gpu", operator: "Exists" }] } },
    },
  });
  const { inventory } = await inspect();
  expect(inventory).toMatchObject({
    runtime: { image: CUDA, platform: "cuda" },
    tolerations: [],
    otherServing: {
      amd: { runtime: { image: ROCM, version: "0.10.2" }, tolerations: [{ key: "amd.com/gpu" }] },
    },
  });
  const runtime = namedRuntime("0.12.0", "--vllm-version");
  expect((await inspect({ runtime })).inventory).not.toHaveProperty("otherServing");
});

test("pages of a list are put together", async () => {
  on.api.behaviour.pageSize = 3;
  for (let i = 0; i < 8; i++) on.api.put(l4Node({ name: `gpu-${i}` }));
  expect((await inspect()).inventory.nodes).toHaveLength(8);
  expect(on.api.requests.filter(({ path }) => path === "/api/v1/nodes")).toHaveLength(3);
});

test("what may not be read is left out and told; the rest is kept", async () => {
  on.api.put(l4Node());
  on.api.behaviour.denied = ["list pods", "list templates"];
  const inspection = await inspect();
  expect(states(inspection)).toMatchObject({
    "list-nodes": "ok",
    "list-pods": "denied",
    "templates-opendatahub": "denied",
  });
  expect(inspection.inventory).toMatchObject({
    complete: false,
    nodes: [{ pools: [{ allocatable: 4, allocated: undefined }] }],
  });
  const problem = inspection.inventory.problems.find(({ code }) => code === "list-pods-denied");
  expect(problem?.text).toStartWith("not allowed to list pods in all namespaces");
  expect(problem?.hint).toContain("kubectl auth can-i list pods");
});

test("quotas that may not be read, or are not counted yet, are told as that: no verdict rests on them", async () => {
  on.api.put(l4Node());
  on.api.behaviour.denied = ["list resourcequotas", "list servingruntimes"];
  const parts = async (options?: InspectOptions): Promise<unknown[]> => {
    const { complete, problems } = (await inspect(options)).inventory;
    return [complete, ...problems.flatMap(({ unread }) => unread ?? [])];
  };
  expect(await parts()).toEqual([false, ...["quotas", "runtimes"]]);
  const runtime = { version: "0.13.0", image: undefined, platform: undefined, evidence: "--vllm-version" };
  expect(await parts({ runtime })).toEqual([false, "quotas"]);
  on.api.behaviour.denied = [];
  on.api.put({
    kind: "ResourceQuota",
    metadata: { name: "new", namespace: "llm" },
    spec: { hard: { pods: "4" } },
  });
  expect(await parts()).toEqual([false, "quotas"]);
});

test("without the nodes there is no inventory, and the cluster is not healthy", async () => {
  on.api.put(l4Node());
  on.api.behaviour.denied = ["list nodes"];
  const inspection = await inspect();
  expect(inspection).toMatchObject({ nodeCount: undefined, inventory: { nodes: [], complete: false } });
  expect(unhealthy(inspection)).toEqual({
    text: "not allowed to list nodes of the cluster",
    isDenied: true,
    hint: expect.stringContaining("kubectl auth can-i list nodes"),
  });
});

test("reviews of access that the cluster refuses are done without", async () => {
  on.api.put(l4Node());
  const refusal = { path: /selfsubjectaccessreviews/, status: 403 };
  on.api.behaviour.failures = Array.from({ length: 20 }, () => ({ ...refusal }));
  expect((await inspect()).inventory).toMatchObject({ complete: true, nodes: [{}] });
});

test("a cluster without accelerators is told so", async () => {
  on.api.put(nodeObject());
  const inspection = await inspect();
  expect(codes(inspection)).toEqual(["no-accelerators"]);
  expect(unhealthy(inspection)).toMatchObject({ text: "no node has an accelerator" });
  on.api.put(l4Node({ ready: false }));
  expect(unhealthy(await inspect())?.text).toContain("ready");
});

test("a node that is not as the API has it leaves the others", async () => {
  on.api.put(l4Node());
  on.api.put({ kind: "Node", metadata: { name: "odd" }, status: { capacity: ["what"] } });
  const inspection = await inspect();
  expect(inspection.inventory).toMatchObject({ complete: false, nodes: [{}] });
  expect(codes(inspection)).toEqual(["node-broken"]);
  expect(inspection.inventory.problems[0]?.text).toBe(
    "of the nodes, odd is not as the API has it (status.capacity: expected an object or null)",
  );
});

test("a login that is not accepted ends it, with what to do", async () => {
  await expect(inspect({}, testWorld(), { token: "sha256~expired-0000000" })).rejects.toMatchObject({
    code: "unauthorized",
    hint: expect.stringContaining("oc login"),
  });
});

test("a version that is not told is no failure", async () => {
  on.api.put(l4Node());
  on.api.behaviour.failures = [{ path: /\/version$/, status: 403 }];
  expect(await inspect()).toMatchObject({ version: undefined, inventory: { complete: true } });
});

test("older clusters: OpenShift says who one is, others do not", async () => {
  on.api.put(l4Node());
  on.api.behaviour.absent = ["authentication.k8s.io"];
  on.api.put({ kind: "User", metadata: { name: "~" } });
  expect(await inspect()).toMatchObject({ user: "~" });
  on.api.remove("User", "~");
  const inspection = await inspect();
  expect([inspection.user, states(inspection)["login"]]).toEqual([undefined, "unknown"]);
});

test("what passes by itself is tried again; what stays is told", async () => {
  on.api.put(l4Node());
  on.api.behaviour.failures = [
    { path: /\/nodes$/, status: 503 },
    { path: /\/nodes$/, status: 429, headers: { "retry-after": "1" } },
  ];
  expect((await inspect()).inventory.complete).toBe(true);
  const lasting = {
    path: /\/nodes$/,
    status: 500,
    body: '{"kind":"Status","message":"etcdserver: request timed out"}',
  };
  on.api.behaviour.failures = Array.from({ length: 3 }, () => ({ ...lasting }));
  const inspection = await inspect();
  expect(states(inspection)["list-nodes"]).toBe("failed");
  expect(inspection.inventory.problems[0]).toMatchObject({
    code: "list-nodes-failed",
    text: expect.stringContaining("etcdserver: request timed out"),
  });
});

test("something that is not a Kubernetes API is told", async () => {
  const page = { path: /./, status: 200, body: "<html>Log in</html>" };
  on.api.behaviour.failures = Array.from({ length: 4 }, () => ({ ...page }));
  await expect(inspect()).rejects.toMatchObject({ code: "broken" });
});

test("no token is in anything that is told, even when the cluster repeats it", async () => {
  on.api.put(l4Node());
  const echo = { path: /\/nodes$/, status: 403, body: JSON.stringify({ message: `token ${TOKEN} may not` }) };
  on.api.behaviour.failures = [echo];
  const inspection = await inspect();
  expect(JSON.stringify(inspection)).toContain("token [redacted] may not");
  expect(Bun.inspect(inspection, { depth: 20 })).not.toContain(TOKEN);
});

test("an interruption ends it", async () => {
  const stop = new AbortController();
  stop.abort(new Error("interrupted"));
  await expect(inspect({}, testWorld({ signal: stop.signal }))).rejects.toThrow("interrupted");
});

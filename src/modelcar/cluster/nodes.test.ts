import { describe, expect, test } from "bun:test";
import { l4Node, nodeObject, podObject } from "./cluster.fixture.ts";
import { nodeFacts, nodeProblems } from "./nodes.ts";
import { type LimitRangeObject, nodeSchema, podSchema } from "./objects.ts";
import { devicesOfPod, withPods } from "./pods.ts";
import { limitProblems, quotasOf, quotasOfRanges, unreadLimits } from "./quotas.ts";

const read = (object: object) => nodeSchema().parse(object);
const facts = (object: object) => nodeFacts(read(object));
const pools = (object: object) => facts(object).pools;
const pod = (options: Parameters<typeof podObject>[0]) => podSchema().parse(podObject(options));
const problems = (object: object) => nodeProblems(read(object), facts(object)).map(({ code }) => code);

test("a node with NVIDIA GPUs is known by its labels", () => {
  const node = facts(l4Node());
  expect(node).toMatchObject({
    ready: true,
    schedulable: true,
    architecture: "amd64",
    instanceType: "g6.12xlarge",
    provider: "AWS",
    zone: "us-east-2a",
    ramBytes: 194622444 * 1024,
    storageBytes: 125238252 * 1024,
  });
  expect(node.pools).toMatchObject([
    {
      product: "NVIDIA-L4",
      type: { id: "L4" },
      resource: "nvidia.com/gpu",
      memoryMiB: 23034,
      capability: 89,
      capacity: 4,
      allocatable: 4,
      allocated: undefined,
      replicas: undefined,
      mig: undefined,
      driver: "570.172.08",
      cuda: "12.8",
    },
  ]);
});

test("older labels tell driver and CUDA in parts", () => {
  const labels = {
    "nvidia.com/gpu.product": "A100-SXM4-40GB",
    "nvidia.com/cuda.driver.major": "460",
    "nvidia.com/cuda.driver.minor": "73",
    "nvidia.com/cuda.driver.rev": "01",
    "nvidia.com/cuda.runtime.major": "11",
    "nvidia.com/cuda.runtime.minor": "2",
  };
  expect(pools(nodeObject({ labels, resources: { "nvidia.com/gpu": "1" } }))).toMatchObject([
    { type: { id: "A100-40GB" }, driver: "460.73.01", cuda: "11.2" },
  ]);
});

describe("parts of GPUs", () => {
  test("MIG, single strategy: every device is a slice", () => {
    const labels = {
      "nvidia.com/gpu.product": "A100-PCIE-40GB-MIG-1g.5gb",
      "nvidia.com/gpu.memory": "4864",
      "nvidia.com/gpu.count": "7",
      "nvidia.com/mig.strategy": "single",
    };
    expect(pools(nodeObject({ labels, resources: { "nvidia.com/gpu": "7" } }))).toMatchObject([
      { resource: "nvidia.com/gpu", mig: "1g.5gb", memoryMiB: 4864, capacity: 7, type: { capability: 80 } },
    ]);
  });

  test("MIG, mixed strategy: a resource and labels for each profile, and none for the whole GPUs that are sliced", () => {
    const labels = {
      "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB",
      "nvidia.com/gpu.memory": "40960",
      "nvidia.com/mig-1g.5gb.memory": "4864",
      "nvidia.com/mig-1g.5gb.count": "4",
      "nvidia.com/mig.strategy": "mixed",
    };
    const resources = { "nvidia.com/gpu": "0", "nvidia.com/mig-1g.5gb": "4", "nvidia.com/mig-3g.20gb": "2" };
    expect(pools(nodeObject({ labels, resources }))).toMatchObject([
      {
        resource: "nvidia.com/mig-1g.5gb",
        mig: "1g.5gb",
        memoryMiB: 4864,
        product: "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb",
      },
      { resource: "nvidia.com/mig-3g.20gb", mig: "3g.20gb", memoryMiB: 19456 },
    ]);
  });

  test("time slices are shares of a GPU", () => {
    const labels = { "nvidia.com/gpu.product": "Tesla-T4-SHARED", "nvidia.com/gpu.replicas": "8" };
    expect(pools(l4Node({ labels, resources: { "nvidia.com/gpu": "8" } }))).toMatchObject([
      { replicas: 8, capacity: 8 },
    ]);
    const renamed = l4Node({ labels, resources: { "nvidia.com/gpu": "0", "nvidia.com/gpu.shared": "8" } });
    expect(pools(renamed)).toMatchObject([{ resource: "nvidia.com/gpu.shared", replicas: 8 }]);
  });
});

test.each([
  [
    "amd.com/gpu",
    { "amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM", "amd.com/gpu.vram": "192G" },
    { vendor: "amd", type: { id: "MI300X" }, memoryMiB: 196608 },
  ],
  [
    "amd.com/gpu",
    { "beta.amd.com/gpu.product-name": "AMD_Instinct_MI210" },
    { vendor: "amd", type: { id: "MI210" } },
  ],
  ["habana.ai/gaudi", { "habana.ai/hfd.device_type": "gaudi3" }, { vendor: "gaudi", type: { id: "GAUDI3" } }],
  [
    "habana.ai/gaudi",
    { "node.kubernetes.io/instance-type": "gx3d-160x1792x8gaudi3" },
    { vendor: "gaudi", type: { id: "GAUDI3" } },
  ],
  ["gpu.intel.com/xe", { "gpu.intel.com/product": "Max_1100" }, { vendor: "intel", product: "Max_1100" }],
  ["ibm.com/spyre_pf", {}, { vendor: "spyre", product: "IBM Spyre" }],
  ["ibm.com/spyre_vf", {}, { vendor: "spyre", resource: "ibm.com/spyre_vf" }],
  [
    "nvidia.com/gpu",
    { "cloud.google.com/gke-accelerator": "nvidia-l4" },
    { vendor: "nvidia", type: { id: "L4" } },
  ],
  [
    "nvidia.com/gpu",
    { "karpenter.k8s.aws/instance-gpu-name": "l40s", "karpenter.k8s.aws/instance-gpu-memory": "45776" },
    { type: { id: "L40S" }, memoryMiB: 45776 },
  ],
  [
    "google.com/tpu",
    {
      "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
      "cloud.google.com/gke-tpu-topology": "2x4",
    },
    { vendor: "tpu", product: "tpu-v5-lite-podslice", type: { id: "TPU-V5E" }, memoryMiB: 16384 },
  ],
  ["nvidia.com/gpu", { "node.kubernetes.io/instance-type": "p5.48xlarge" }, { type: { id: "H100-80GB" } }],
  ["nvidia.com/gpu", {}, { vendor: "nvidia", product: "unknown", type: undefined }],
])("%s with the labels %p", (resource, labels, expected) => {
  expect(pools(nodeObject({ labels, resources: { [resource]: "8" } }))).toMatchObject([expected]);
});

describe("what keeps a node from being used is told", () => {
  test.each([
    ["nothing", l4Node(), []],
    ["it is not ready", l4Node({ ready: false }), ["node-not-ready"]],
    ["it is cordoned", l4Node({ unschedulable: true }), ["node-cordoned"]],
    ["some devices are unhealthy", l4Node({ allocatable: { "nvidia.com/gpu": "3" } }), ["devices-unhealthy"]],
    ["no label tells the product", nodeObject({ resources: { "nvidia.com/gpu": "1" } }), ["product-unknown"]],
    [
      "the MIG layout changes",
      l4Node({ labels: { "nvidia.com/mig.config.state": "pending" } }),
      ["mig-changing"],
    ],
    [
      "the driver is upgraded",
      l4Node({ labels: { "nvidia.com/gpu-driver-upgrade-state": "drain-required" } }),
      ["driver-upgrade"],
    ],
    [
      "no device plugin runs",
      nodeObject({ labels: { "nvidia.com/gpu.present": "true" } }),
      ["no-device-plugin"],
    ],
  ])("%s", (_, object, codes) => expect(problems(object)).toEqual(codes));

  test("a cordoned node that still runs pods is half-drained", () => {
    const object = l4Node({ unschedulable: true });
    const node = withPods(facts(object), [pod({ name: "a", gpus: 2 })]);
    expect(nodeProblems(read(object), node)[0]?.text).toEndWith("half-drained");
  });
});

test("taints are told but for those that the cluster sets for cordoned and lost nodes", () => {
  const taints = [
    { key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" },
    { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
    { key: "a", value: "", effect: "SomethingNew" },
  ];
  expect(facts(l4Node({ taints })).taints).toEqual([
    { key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" },
  ]);
});

describe("devices that pods hold", () => {
  const asks = (gpus: number, restartPolicy?: string) => ({
    name: `c${gpus}`,
    resources: { limits: { "nvidia.com/gpu": String(gpus) } },
    ...(restartPolicy !== undefined && { restartPolicy }),
  });
  const held = (options: Parameters<typeof podObject>[0]) =>
    devicesOfPod(pod(options)).get("nvidia.com/gpu") ?? 0;

  test("containers together, or the init container that asks for more", () => {
    expect(held({ name: "a", gpus: 2 })).toBe(2);
    expect(held({ name: "a", containers: [asks(1), asks(2)] })).toBe(3);
    expect(held({ name: "a", containers: [asks(1)], initContainers: [asks(4)] })).toBe(4);
    expect(held({ name: "a", containers: [asks(1)], initContainers: [asks(2, "Always")] })).toBe(3);
    expect(held({ name: "a", containers: [asks(1)], initContainers: [asks(2, "Always"), asks(3)] })).toBe(5);
    expect(held({ name: "a" })).toBe(0);
  });

  test("pods that have ended hold none; each resource is counted by itself", () => {
    const node = facts(l4Node({ resources: { "nvidia.com/mig-1g.5gb": "7" } }));
    const pods = [
      pod({ name: "a", gpus: 1 }),
      pod({ name: "b", gpus: 2, phase: "Pending" }),
      pod({ name: "c", gpus: 4, phase: "Succeeded" }),
      pod({ name: "d", gpus: 4, phase: "Failed" }),
      pod({ name: "e", gpus: 3, resource: "nvidia.com/mig-1g.5gb" }),
    ];
    expect(withPods(node, pods).pools.map(({ resource, allocated }) => [resource, allocated])).toEqual([
      ["nvidia.com/gpu", 3],
      ["nvidia.com/mig-1g.5gb", 3],
    ]);
  });
});

test("quotas and limit ranges that would block a pod", () => {
  const quotas = quotasOf([
    {
      metadata: { name: "gpus" },
      status: {
        hard: { "requests.nvidia.com/gpu": "2", pods: "5", "requests.memory": "64Gi" },
        used: { "requests.nvidia.com/gpu": "2", pods: "5" },
      },
    },
  ]);
  expect(quotas).toEqual([
    { name: "gpus", resource: "requests.nvidia.com/gpu", hard: 2, used: 2 },
    { name: "gpus", resource: "pods", hard: 5, used: 5 },
    { name: "gpus", resource: "requests.memory", hard: 2 ** 36, used: 0 },
  ]);
  const ranges: LimitRangeObject[] = [
    {
      metadata: { name: "limits" },
      spec: {
        limits: [
          { type: "Container", max: { memory: "8Gi", "nvidia.com/gpu": "1" } as Record<string, string> },
          { type: "PersistentVolumeClaim", max: { storage: "1Gi" } },
        ],
      },
    },
  ];
  expect(quotasOfRanges(ranges)).toEqual([
    { name: "limit range limits", resource: "nvidia.com/gpu", hard: 1, used: 0, per: "pod" },
  ]);
  expect(limitProblems("llm", quotas, ranges).map(({ text }) => text)).toEqual([
    "quota gpus of namespace llm allows 5 pods, and 5 are there",
    "quota gpus of namespace llm allows 2 of requests.nvidia.com/gpu, and 2 are used",
    "limit range limits of namespace llm allows a container at most 8Gi of memory",
  ]);
});

test("limits of which it is not known what they allow are told as not read", () => {
  const quotas = [
    { metadata: { name: "new" }, spec: { hard: { pods: "4" } } },
    { metadata: { name: "odd" }, status: { hard: { pods: "many" }, used: { pods: "1" } } },
    {
      metadata: { name: "fine" },
      spec: { hard: { pods: "4" } },
      status: { hard: { pods: "4" }, used: { pods: "1" } },
    },
  ];
  const ranges = [
    { metadata: { name: "odd" }, spec: { limits: [{ type: "Pod", max: { "nvidia.com/gpu": "few" } }] } },
  ];
  const problems = unreadLimits("llm", quotas, ranges);
  expect(problems.map(({ text }) => text)).toEqual([
    "quota new of namespace llm is not counted yet: what is left of it is not known",
    "quota odd of namespace llm has many of pods, which is no quantity",
    "limit range odd of namespace llm has few of nvidia.com/gpu, which is no quantity",
  ]);
  expect(new Set(problems.map(({ unread }) => unread))).toEqual(new Set(["quotas"]));
});

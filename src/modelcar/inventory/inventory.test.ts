import { describe, expect, test } from "bun:test";
import { ExpectedError } from "../../base/errors.ts";
import { parseGpus } from "../gpus/parse.ts";
import { namedRuntime, UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { gpuInfoText, isGpuInfo, parseGpuInfo } from "./gpu-info.ts";
import { type Machine, machineInventory } from "./machine.ts";
import { inventoryJson, readInventory } from "./saved.ts";
import { parseSmi } from "./smi.ts";
import type { Inventory } from "./types.ts";

const runtime = namedRuntime("0.11.0", "test");

describe("this machine", () => {
  const SMI = "NVIDIA L40S, 46068, 3, 8.9, 550.54.15\nNVIDIA L40S, 46068, 40213, 8.9, 550.54.15\n";
  const machine = (stdout: string, code = 0, stderr = ""): Machine => ({
    ...{ hostname: "box", architecture: "x86_64", ramBytes: 2 ** 38 },
    run: async () => ({ code, stdout, stderr }),
  });

  test("by nvidia-smi; a GPU that is in use counts as taken", async () => {
    const { nodes, problems, source } = await machineInventory(machine(SMI), runtime);
    expect(source).toBe("machine");
    expect(nodes[0]).toMatchObject({ name: "box", architecture: "amd64", ramBytes: 2 ** 38 });
    expect(nodes[0]?.pools).toMatchObject([
      {
        type: { id: "L40S" },
        memoryMiB: 46068,
        capability: 89,
        allocatable: 2,
        allocated: 1,
        driver: "550.54.15",
      },
    ]);
    expect(problems).toMatchObject([{ code: "gpu-in-use", text: expect.stringContaining("40213 MiB") }]);
  });

  test("a GPU that is newer than our table is told by its memory and capability", async () => {
    const { nodes } = await machineInventory(machine("NVIDIA X999, 90000, 1, 9.0, [N/A]\n"), runtime);
    expect(nodes[0]?.pools[0]).toMatchObject({
      type: { family: "hopper", memoryMiB: 90000 },
      driver: undefined,
    });
  });

  test.each(["", "No devices were found\n", ",,,\n"])("%j names no device", (text) => {
    expect(parseSmi(text)).toEqual([]);
  });

  test("a GPU that shares the machine's memory has what the table says of it", async () => {
    const { nodes } = await machineInventory(
      machine("NVIDIA GB10, [N/A], [N/A], 12.1, 580.95.05, [N/A]\n"),
      runtime,
    );
    expect(nodes[0]?.pools).toMatchObject([
      { type: { id: "GB10", memoryMiB: 125_260 }, memoryMiB: 125_260, allocatable: 1, allocated: 0 },
    ]);
  });

  test("a GPU that is cut into slices counts as these", async () => {
    const gpus =
      "NVIDIA A100-SXM4-40GB, 40960, 20, 8.0, 550.54, Enabled\n" +
      "NVIDIA A100-SXM4-40GB, 40960, 5, 8.0, 550.54, Disabled\n";
    const listing = [
      "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-0)",
      "  MIG 3g.20gb     Device  0: (UUID: MIG-1)",
      "  MIG 1g.5gb      Device  1: (UUID: MIG-2)",
      "  MIG 1g.5gb      Device  2: (UUID: MIG-3)",
      "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-4)",
    ].join("\n");
    const sliced: Machine = {
      ...machine(gpus),
      run: async (argv) => ({ code: 0, stdout: argv.includes("-L") ? listing : gpus, stderr: "" }),
    };
    const { nodes } = await machineInventory(sliced, runtime);
    expect(
      nodes[0]?.pools.map(({ type, allocatable, mig }) => [type?.id, type?.memoryMiB, allocatable, mig]),
    ).toEqual([
      ["A100-40GB-MIG-3g.20gb", 19_456, 1, "3g.20gb"],
      ["A100-40GB-MIG-1g.5gb", 4_864, 2, "1g.5gb"],
      ["A100-40GB", 40_960, 1, undefined],
    ]);
  });

  test("without nvidia-smi, or with one that fails, it is said what to do", async () => {
    const missing = { ...machine(""), run: () => Promise.reject(new ExpectedError("cannot be started")) };
    await expect(machineInventory(missing, runtime)).rejects.toMatchObject({
      message: expect.stringContaining("no nvidia-smi"),
      hint: expect.stringContaining("--gpus"),
    });
    const failing = machine("", 9, "NVIDIA-SMI has failed because it couldn't communicate\nmore");
    await expect(machineInventory(failing, runtime)).rejects.toThrow(
      "nvidia-smi failed: NVIDIA-SMI has failed",
    );
  });
});

describe("a saved inventory", () => {
  test("is read as it was", async () => {
    const inventory: Inventory = {
      ...parseGpus("2x 8x H100, g6e.12xlarge", runtime),
      quotas: [{ name: "limit range l", resource: "nvidia.com/gpu", hard: 2, used: 0, per: "pod" }],
      tolerations: [
        { key: undefined, operator: "Exists", value: undefined, effect: "NoExecute" },
        { key: "team", operator: "Equal", value: "a", effect: undefined },
      ],
      otherServing: {
        amd: {
          runtime: { version: "0.10.2", image: "quay.io/a/rocm:1", platform: "rocm", evidence: "image tag" },
          tolerations: [{ key: "amd", operator: "Exists", value: undefined, effect: undefined }],
        },
      },
      problems: [{ code: "list-nodes-denied", text: "not allowed", hint: undefined, unread: "nodes" }],
      complete: false,
    };
    const again = await readInventory(JSON.stringify(inventoryJson(inventory)), "a.json");
    expect(again).toEqual({ ...inventory, source: "file" });
  });

  test("the runtime that is named wins over the one that was saved", async () => {
    const text = JSON.stringify(inventoryJson(parseGpus("L4", runtime)));
    expect((await readInventory(text, "a.json", namedRuntime("0.8.0", "flag"))).runtime.version).toBe(
      "0.8.0",
    );
    expect((await readInventory(text, "a.json")).runtime.version).toBe("0.11.0");
    const other = { runtime: namedRuntime("0.10.2", "image tag"), tolerations: [] };
    const mixed = JSON.stringify(
      inventoryJson({ ...parseGpus("L4", runtime), otherServing: { amd: other } }),
    );
    const named = await readInventory(mixed, "a.json", namedRuntime("0.8.0", "flag"));
    expect(named).not.toHaveProperty("otherServing");
  });

  test.each([
    ["", "it is not JSON"],
    ["{bad", "it is not JSON"],
    ["[]", "expected an object"],
    ['{"version": 2}', "version: expected 1"],
    ['{"version": 1, "source": "file", "nodes": [{"name": 5}]}', "nodes.0.name: expected a string"],
  ])("%j is none", async (text, message) => {
    const reading = readInventory(text, "a.json");
    await expect(reading).rejects.toBeInstanceOf(ExpectedError);
    await expect(reading).rejects.toThrow(new RegExp(message));
  });
});

describe("gpu_info.txt", () => {
  /** As the peer's repository has it. */
  const PEER = `• Cloud Provider: AWS
• Instance Type: p4d.24xlarge
• GPU Provider: NVIDIA
• GPU Product: NVIDIA-A100-SXM4-40GB
• Per-GPU Memory: 40.0 GB GB
• Allocatable GPUs: 8
• Node RAM: 1203.6 GB
• Node Storage: 288.2 GB
• Node Name: ip-10-0-61-165.ec2.internal

`;

  test("of the peer is read, with what it leaves out told", async () => {
    const inventory = await readInventory(PEER, "gpu_info.txt", runtime);
    expect(inventory.nodes).toMatchObject([
      {
        ...{ name: "ip-10-0-61-165.ec2.internal", provider: "AWS", instanceType: "p4d.24xlarge" },
        pools: [{ type: { id: "A100-40GB", memoryMiB: 40960 }, allocatable: 8, allocated: 0 }],
      },
    ]);
    expect(inventory.problems[0]?.text).toContain("all are supposed to be");
  });

  test("is written as the peer writes it", () => {
    const { nodes } = parseGpuInfo(PEER, "gpu_info.txt", UNKNOWN_RUNTIME);
    expect(gpuInfoText({ nodes })).toBe(PEER.replace("GB GB", "GB"));
  });

  test("what was written is read again", () => {
    const inventory = parseGpus("2x 4x L40S, MI300X", runtime);
    const again = parseGpuInfo(gpuInfoText(inventory), "gpu_info.txt", runtime);
    const types = ({ nodes }: typeof inventory) =>
      nodes.map(({ name, pools }) => [name, pools.map(({ type, allocatable }) => [type?.id, allocatable])]);
    expect(types(again)).toEqual(types(inventory));
  });

  test("keeps by how many a GPU is shared", () => {
    const { nodes } = parseGpus("4x L40S", runtime);
    const [node] = nodes;
    const pools = node!.pools.map((pool) => ({ ...pool, product: "NVIDIA-L40S-SHARED", replicas: 4 }));
    const text = gpuInfoText({ nodes: [{ ...node!, pools }] });
    expect(text).toContain("• Replicas per GPU: 4\n");
    expect(parseGpuInfo(text, "gpu_info.txt", runtime).nodes[0]?.pools[0]?.replicas).toBe(4);
  });

  test("a file without a node is told", () => {
    expect(isGpuInfo("• GPU Product: unknown\n")).toBe(true);
    expect(() => parseGpuInfo("• GPU Product: unknown\n", "g.txt", runtime)).toThrow("names no node");
  });
});

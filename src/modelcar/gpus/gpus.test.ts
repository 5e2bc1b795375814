import { describe, expect, test } from "bun:test";
import { UsageError } from "../../base/errors.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { INSTANCE_ROWS } from "./instances.ts";
import { gpuType, migMemoryMiB, splitProduct } from "./match.ts";
import { parseGpus } from "./parse.ts";
import { familyOfCapability, GPU_TYPES } from "./table.ts";

describe("product names", () => {
  test.each([
    ["NVIDIA-L40S", "L40S"],
    ["NVIDIA-L40", "L40"],
    ["NVIDIA-L4", "L4"],
    ["Tesla-T4", "T4"],
    ["Tesla-T4-SHARED", "T4"],
    ["NVIDIA-A10G", "A10G"],
    ["NVIDIA-A100-SXM4-80GB", "A100-80GB"],
    ["NVIDIA-A100-SXM4-40GB", "A100-40GB"],
    ["NVIDIA-A100-PCIE-40GB", "A100-PCIE-40GB"],
    ["NVIDIA-A100-80GB-PCIe", "A100-PCIE-80GB"],
    ["NVIDIA-H100-80GB-HBM3", "H100-80GB"],
    ["NVIDIA-H100-PCIe", "H100-PCIE"],
    ["NVIDIA-H100-NVL", "H100-NVL"],
    ["NVIDIA-H200", "H200"],
    ["NVIDIA-GH200-480GB", "GH200"],
    ["NVIDIA-GH200-120GB", "GH200"],
    ["NVIDIA-GH200-144G-HBM3e", "GH200-144GB"],
    ["NVIDIA-H20", "H20"],
    ["NVIDIA-H800", "H800"],
    ["NVIDIA-A800-SXM4-80GB", "A800-80GB"],
    ["NVIDIA-L20", "L20"],
    ["NVIDIA-A16", "A16"],
    ["NVIDIA-A2", "A2"],
    ["NVIDIA-B300-SXM6-AC", "B300"],
    ["NVIDIA-B200", "B200"],
    ["NVIDIA-RTX-A6000", "RTX-A6000"],
    ["NVIDIA-RTX-6000-Ada-Generation", "RTX-6000-ADA"],
    ["NVIDIA-GeForce-RTX-4090", "RTX-4090"],
    ["Tesla-V100-SXM2-32GB", "V100-32GB"],
    ["Tesla-V100-SXM2-16GB", "V100-16GB"],
    ["AMD_Instinct_MI300X_OAM", "MI300X"],
    ["AMD Instinct MI210", "MI210"],
    ["gaudi3", "GAUDI3"],
    ["Intel Data Center GPU Max 1550", "MAX-1550"],
    ["Intel-Data-Center-GPU-Flex-170", "FLEX-170"],
    ["Intel Arc Pro B60", "ARC-PRO-B60"],
    ["TPU v5e", "TPU-V5E"],
    ["TPU-v6e", "TPU-V6E"],
    ["tpu-v4-podslice", "TPU-V4"],
    ["tpu-v5-lite-podslice", "TPU-V5E"],
    ["tpu-v5-lite-device", "TPU-V5E"],
    ["tpu-v5p-slice", "TPU-V5P"],
    ["tpu-v6e-slice", "TPU-V6E"],
    ["cpu", "CPU"],
    ["arm-cpu", "CPU-ARM"],
    ["h100", "H100-80GB"],
    ["l40s", "L40S"],
  ])("%s is %s", (label, id) => {
    expect(gpuType(label)?.id).toBe(id);
  });

  test.each([
    ...[
      "NVIDIA-L40S-FOO",
      "NVIDIA-A10-24Q",
      "GRID-A100D-40C",
      "NVIDIA-H100-80GB-HBM3-MIG-INVALID",
      "H100-MIG-9g.99gb",
    ],
    ...[
      "NVIDIA-H100-80GB-HBM3-MIG-7g.10gb",
      "NVIDIA-L40S-MIG-1g.5gb",
      "NVIDIA-A100-SXM-64GB",
      "NVIDIA-H100-64GB",
    ],
    ...[
      "NVIDIA-GeForce-RTX-4090-Laptop-GPU",
      "NVIDIA-GeForce-RTX-4090-D",
      "NVIDIA-A100-SXM4-40GB-MIG-3g.40gb",
      "L4-2",
      "NVIDIA-A800-SXM4-40GB",
      "NVIDIA-H20-141GB",
    ],
  ])("%s is none that is known", (label) => {
    expect(gpuType(label)).toBeUndefined();
  });

  test("labels that tell memory and capability make one known all the same", () => {
    expect(gpuType("NVIDIA-A100-SXM-64GB", { memoryMiB: 65_536, capability: 80 })?.memoryMiB).toBe(65_536);
  });

  test.each([
    ...[
      "nvidia-tesla-a100",
      "nvidia-a100-80gb",
      "nvidia-h100-mega-80gb",
      "nvidia-h200-141gb",
      "nvidia-gb200",
    ],
    ...[
      "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",
      "AMD_Instinct_MI300X_VF",
      "HL-325L",
      "HL-225B",
      "Gaudi 3",
    ],
    ...[
      "NVIDIA-B200-MIG-1g.23gb",
      "NVIDIA-H200-MIG-3g.71gb",
      "NVIDIA-A30-MIG-2g.12gb",
      "NVIDIA-H100-NVL-MIG-4g.47gb",
    ],
    ...[
      "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb.me",
      "NVIDIA-GH200-480GB-MIG-1g.12gb",
      "NVIDIA H100 80GB HBM3",
      "A100 80 GB",
    ],
  ])("%s is known", (label) => {
    expect(gpuType(label)).toBeDefined();
  });

  test("every row of the table is found by its own name and id, and its family is that of its capability", () => {
    for (const type of GPU_TYPES) {
      expect(gpuType(type.id, { memoryMiB: type.memoryMiB })?.id).toBe(type.id);
      expect(gpuType(type.name, { memoryMiB: type.memoryMiB })?.id).toBe(type.id);
      if (type.capability !== undefined) expect(familyOfCapability(type.capability)).toBe(type.family);
    }
  });

  test("an A100 of unknown size is taken for the smaller", () => {
    expect(gpuType("A100")?.id).toBe("A100-40GB");
    expect(gpuType("A100", { memoryMiB: 81920 })?.id).toBe("A100-80GB");
  });

  test("what a node's labels say wins over the table", () => {
    expect(gpuType("NVIDIA-L40S", { memoryMiB: 45000 })?.memoryMiB).toBe(45000);
  });

  test("MIG slices have their share of memory and no link", () => {
    const slice = gpuType("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb");
    expect(slice).toMatchObject({
      id: "A100-40GB-MIG-1g.5gb",
      memoryMiB: 4864,
      capability: 80,
      interconnect: "none",
    });
    expect(splitProduct("NVIDIA-H100-80GB-HBM3-MIG-1g.10gb-SHARED")).toEqual({
      product: "NVIDIA-H100-80GB-HBM3",
      shared: true,
      mig: "1g.10gb",
    });
    expect(migMemoryMiB("3g.20gb")).toBe(19456);
  });

  test("an unknown NVIDIA product is known by its labels, and unknown without them", () => {
    expect(gpuType("NVIDIA-X9000", { memoryMiB: 65536, capability: 90 })).toMatchObject({ family: "hopper" });
    expect(gpuType("NVIDIA-X9000", { memoryMiB: 65536 })).toBeUndefined();
    expect(gpuType("NVIDIA-X9000")).toBeUndefined();
  });
});

test("the memory of a CPU is what one says", () => {
  expect(gpuType("cpu-256GiB")).toMatchObject({ id: "CPU", memoryMiB: 256 * 1024 });
  expect(gpuType("cpu")).toMatchObject({ memoryMiB: 0, vendor: "cpu", family: "x86" });
});

describe("--gpus", () => {
  const shape = (text: string) =>
    parseGpus(text, UNKNOWN_RUNTIME).nodes.map(({ pools }) =>
      pools.map((p) => `${p.allocatable} ${p.type?.id}`),
    );

  test("counts, nodes, lists and instance types", () => {
    expect(shape("4x NVIDIA-L40S")).toEqual([["4 L40S"]]);
    expect(shape("L40S")).toEqual([["1 L40S"]]);
    expect(shape("2x 8x H100")).toEqual([["8 H100-80GB"], ["8 H100-80GB"]]);
    expect(shape("2x T4, 1×L4")).toEqual([["2 T4"], ["1 L4"]]);
    expect(shape("g6e.12xlarge")).toEqual([["4 L40S"]]);
    expect(shape("2x p5.48xlarge")).toEqual([["8 H100-80GB"], ["8 H100-80GB"]]);
    expect(parseGpus("MI300X", UNKNOWN_RUNTIME).nodes[0]?.pools[0]?.resource).toBe("amd.com/gpu");
  });

  test("what is not known is refused, with what was meant", () => {
    expect(() => shape("4x NVIDIA-L40X")).toThrow(UsageError);
    expect(() => shape("")).toThrow(UsageError);
    expect(() => shape("0x L4")).toThrow(UsageError);
    expect(() => shape("99999x L4")).toThrow(UsageError);
  });

  test("every instance type names a GPU of the table", () => {
    const named = INSTANCE_ROWS.map(({ gpu }) => gpu);
    expect(named.map((gpu) => gpuType(gpu)?.id)).toEqual(named);
  });
});

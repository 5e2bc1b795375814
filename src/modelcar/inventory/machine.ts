import { ExpectedError } from "../../base/errors.ts";
import { gpuType, splitProduct } from "../gpus/match.ts";
import { gpuResource } from "../gpus/parse.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { type Device, inSlices, parseSmi, SMI_FIELDS } from "./smi.ts";
import type { GpuPool, Inventory } from "./types.ts";

/** What a program wrote, and how it ended. */
export interface ProgramOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/** This machine, as it is seen by whoever asks. */
export interface Machine {
  hostname: string;
  /** As the operating system names it: `x86_64`, `aarch64`. */
  architecture: string;
  ramBytes: number;
  /** Runs a program; rejects with an ExpectedError when it is not there. */
  run(argv: readonly [string, ...string[]]): Promise<ProgramOutput>;
}

/** What a driver and a desktop take of a GPU that nothing computes on. */
const IDLE_MIB = 1024;

/**
 * The NVIDIA GPUs of this machine, by nvidia-smi. One whose memory is in use counts as taken; one that is cut into MIG
 * slices counts as these. @throws ExpectedError when there is no nvidia-smi, or it fails.
 */
export async function machineInventory(machine: Machine, runtime: RuntimeVersion): Promise<Inventory> {
  const query = `--query-gpu=${SMI_FIELDS.join(",")}`;
  const devices = parseSmi(await smi(machine, query, "--format=csv,noheader,nounits"));
  const sliced = devices.some(({ isSliced }) => isSliced);
  return inventoryOf(machine, sliced ? inSlices(devices, await smi(machine, "-L")) : devices, runtime);
}

async function smi(machine: Machine, ...args: string[]): Promise<string> {
  const output = await machine.run(["nvidia-smi", ...args]).catch((cause: unknown) => {
    if (!(cause instanceof ExpectedError)) throw cause;
    throw new ExpectedError("this machine has no nvidia-smi: its GPUs cannot be told", { hint: HINT, cause });
  });
  if (output.code === 0) return output.stdout;
  const said = (output.stderr || output.stdout).trim().split("\n")[0] || `exit status ${output.code}`;
  throw new ExpectedError(`nvidia-smi failed: ${said}`, { hint: HINT });
}

const HINT = 'Name the machines, as --gpus "4x NVIDIA-L40S", or a saved inventory with --inventory FILE.';

function inventoryOf(machine: Machine, devices: readonly Device[], runtime: RuntimeVersion): Inventory {
  const kinds = Map.groupBy(devices, ({ product, memoryMiB }) => `${product} ${memoryMiB}`);
  const busy = devices.filter(({ usedMiB }) => usedMiB > IDLE_MIB);
  return {
    source: "machine",
    nodes: [
      {
        name: machine.hostname,
        ready: true,
        schedulable: true,
        taints: [],
        architecture: ARCHITECTURES[machine.architecture] ?? machine.architecture,
        pools: [...kinds.values()].map((kind) => poolOf(kind)),
        ramBytes: machine.ramBytes,
        storageBytes: undefined,
        instanceType: undefined,
        provider: undefined,
        zone: undefined,
      },
    ],
    quotas: [],
    tolerations: [],
    runtime,
    problems: busy.map(({ product, usedMiB }) => ({
      code: "gpu-in-use",
      text: `${usedMiB} MiB of a ${product} are in use: it counts as taken`,
      hint: "End what runs there, or give the GPUs by --gpus.",
    })),
    complete: true,
  };
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

function poolOf(kind: readonly Device[]): GpuPool {
  const { product, memoryMiB: told, capability, driver } = kind[0]!;
  const { mig } = splitProduct(product);
  const type = gpuType(product, { memoryMiB: told, capability, vendor: "nvidia" });
  return {
    product,
    type,
    vendor: "nvidia",
    resource: gpuResource("nvidia"),
    memoryMiB: told ?? type?.memoryMiB,
    capability,
    capacity: kind.length,
    allocatable: kind.length,
    allocated: kind.filter(({ usedMiB }) => usedMiB > IDLE_MIB).length,
    ...{ replicas: undefined, mig, driver, cuda: undefined },
  };
}

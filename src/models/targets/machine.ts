import { readFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import type { Machine } from "./types.ts";

/** What this program runs on; reads /proc and the device tree where there are such. */
export async function thisMachine(): Promise<Machine> {
  const [cpuinfo, board] = await Promise.all([textOf("/proc/cpuinfo"), textOf("/proc/device-tree/model")]);
  const { platform, arch } = process;
  return {
    name: board.replaceAll("\0", "").trim() || modelName(cpuinfo) || cpus()[0]?.model.trim() || arch,
    platform,
    arch,
    threads: availableParallelism(),
    features: cpuFeatures(cpuinfo),
  };
}

/** "AMD EPYC, 2 threads": names the machine beside figures that were measured on it. */
export const machineLine = ({ name, threads }: Machine): string =>
  `${name}, ${threads} ${threads === 1 ? "thread" : "threads"}`;

const textOf = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

/** Instruction sets of the first processor: `flags` on x86, `Features` on Arm (proc_cpuinfo(5)). */
export function cpuFeatures(cpuinfo: string): Set<string> {
  const line = cpuinfo.match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1] ?? "";
  return new Set(line.split(/\s+/).filter((name) => name !== ""));
}

const modelName = (cpuinfo: string): string | undefined => cpuinfo.match(/^model name\s*:\s*(.*\S)/m)?.[1];

/** The GPU that trtexec worked on, as it tells itself (TensorRT, samples/common/sampleDevice.cpp). */
export interface Gpu {
  name: string;
  /** "8.7" is Orin's. */
  computeCapability: string;
}

/** Undefined for output that does not tell it. */
export function gpuIn(output: string): Gpu | undefined {
  const name = /Selected Device: (.*\S)/.exec(output)?.[1];
  const computeCapability = /Compute Capability: (\d+\.\d+)/.exec(output)?.[1];
  return name === undefined || computeCapability === undefined ? undefined : { name, computeCapability };
}

/** The same from `nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader`, which JetPack has since 6. */
export function gpuOfSmi(output: string): Gpu | undefined {
  const [, name, computeCapability] = /^\s*(\S.*?)\s*,\s*(\d+\.\d+)\s*$/m.exec(output) ?? [];
  return name === undefined || computeCapability === undefined ? undefined : { name, computeCapability };
}

/**
 * Jetson Linux by /etc/nv_tegra_release, whose first line is `# R36 (release), REVISION: 4.3, GCID: …` (Jetson Linux
 * Developer Guide): "36.4.3".
 */
export function jetsonLinuxOf(release: string): string | undefined {
  const [, major, revision] = /^#\s*R(\d+)\s*\(release\),\s*REVISION:\s*(\d+(?:\.\d+)*)/m.exec(release) ?? [];
  return major === undefined ? undefined : `${major}.${revision}`;
}

/** JetPack by Jetson Linux (https://developer.nvidia.com/embedded/jetpack-archive). */
const JETPACKS: Readonly<Record<string, string>> = {
  "35.3.1": "5.1.1",
  "35.4.1": "5.1.2",
  "35.5.0": "5.1.3",
  "35.6.0": "5.1.4",
  "35.6.1": "5.1.5",
  "36.3.0": "6.0",
  "36.4.0": "6.1",
  "36.4.3": "6.2",
  "36.4.4": "6.2.1",
  "38.2": "7.0",
  "38.4": "7.1",
};

/** Undefined for a release that the table does not have. */
export const jetpackOf = (jetsonLinux: string): string | undefined =>
  Object.hasOwn(JETPACKS, jetsonLinux) ? JETPACKS[jetsonLinux] : undefined;

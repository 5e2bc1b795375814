/** A release of TensorRT. */
export interface TensorRtVersion {
  major: number;
  minor: number;
  patch: number;
}

export const versionText = ({ major, minor, patch }: TensorRtVersion): string => `${major}.${minor}.${patch}`;

export const atLeast = (version: TensorRtVersion, major: number, minor = 0): boolean =>
  version.major > major || (version.major === major && version.minor >= minor);

/** From this major version on, models say all types themselves (strong typing). */
export const TYPED_SINCE = 10;

/** Whether models of this version, as `10.3.0` or `10`, say all types themselves; of one that is not known, no. */
export const isStronglyTyped = (version: string | undefined): boolean =>
  Number.parseInt(version ?? "", 10) >= TYPED_SINCE;

/**
 * What trtexec says first, whatever it is asked: `&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --help`
 * (TensorRT, samples/common/logger and logging.h). Undefined for output without it.
 */
export function versionIn(output: string): TensorRtVersion | undefined {
  const digits = /\[TensorRT v(\d{4,6})\]/.exec(output)?.[1];
  if (digits !== undefined) return versionOfNumber(Number(digits));
  const [, major, minor, patch] = /TensorRT version: (\d+)\.(\d+)\.(\d+)/.exec(output) ?? [];
  return major === undefined ? undefined : numbers(major, minor, patch);
}

/** NV_TENSORRT_VERSION: major·1000 + minor·100 + patch up to 9, major·10000 + minor·100 + patch since 10. */
export function versionOfNumber(number: number): TensorRtVersion {
  const unit = number >= 100_000 ? 10_000 : 1_000;
  return {
    major: Math.floor(number / unit),
    minor: Math.floor((number % unit) / 100),
    patch: number % 100,
  };
}

/** By the name of its library: `libnvinfer.so.8.5.2`. The highest of several. */
export function versionOfLibrary(fileNames: readonly string[]): TensorRtVersion | undefined {
  const found = fileNames.flatMap((name) => {
    const [, major, minor, patch] = /^libnvinfer\.so\.(\d+)\.(\d+)\.(\d+)/.exec(name) ?? [];
    return major === undefined ? [] : [numbers(major, minor, patch)];
  });
  const rank = ({ major, minor, patch }: TensorRtVersion) => (major * 1000 + minor) * 1000 + patch;
  return found.sort((a, b) => rank(b) - rank(a))[0];
}

const numbers = (major: string, minor = "0", patch = "0"): TensorRtVersion => ({
  major: Number(major),
  minor: Number(minor),
  patch: Number(patch),
});

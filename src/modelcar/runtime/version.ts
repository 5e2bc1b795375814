import { remembered } from "../../base/remembered.ts";

/**
 * `0.10.1.post1` as numbers: what follows them (rc, post, dev, +cu128) does not change what a version can do. Rules ask about
 * the same few releases thousands of times.
 */
export const parseVersion = remembered(1_000, (text): readonly number[] | undefined => {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\d])/.exec(text.trim());
  return match === null ? undefined : match.slice(1).map((part) => Number(part ?? 0));
});

/** Negative when `a` is the older. Versions that are no numbers count as equal. */
export const compareVersions = (a: string, b: string): number =>
  compareNumbers(parseVersion(a) ?? [], parseVersion(b) ?? []);

/** As {@link compareVersions}, of what {@link parseVersion} gave. */
function compareNumbers(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < 4; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `version` is `minimum` or newer; undefined when it is not known. */
export function isAtLeast(version: string | undefined, minimum: string): boolean | undefined {
  const numbers = version === undefined ? undefined : parseVersion(version);
  return numbers === undefined ? undefined : compareNumbers(numbers, parseVersion(minimum) ?? []) >= 0;
}

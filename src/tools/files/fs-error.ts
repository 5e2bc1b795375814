import { errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { RefusedPath } from "./roots.ts";

/** Runs an operation on a path; what the system says against it is told in plain words, without real paths. */
export async function onPath<T>(asked: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (thrown) {
    if (thrown instanceof RefusedPath) throw thrown;
    const code = errorCode(thrown);
    if (code === undefined) throw thrown;
    throw new Error(`${asked}: ${systemReason(thrown) ?? `the system refused (${code})`}`, { cause: thrown });
  }
}

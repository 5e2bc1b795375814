import { errorCode } from "../../base/errors.ts";
import { RefusedPath } from "./roots.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "a part of it is a link, which is not followed",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  ENXIO: "it is not a file",
  EEXIST: "something of that name is there already",
};

/** Runs an operation on a path; what the system says against it is told in plain words, without real paths. */
export async function onPath<T>(asked: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (thrown) {
    if (thrown instanceof RefusedPath) throw thrown;
    const code = errorCode(thrown);
    if (code === undefined) throw thrown;
    throw new Error(`${asked}: ${REASONS[code] ?? `the system refused (${code})`}`, { cause: thrown });
  }
}

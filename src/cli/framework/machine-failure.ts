import { ExpectedError, errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";

const ROOM = "Make room there, or name another place.";
const RIGHTS = "Look at the rights of the file and its folder, or name another.";

/** What no program can help, wherever it happens, by errno(3); and what to do about it. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EFBIG: "Raise the limit (ulimit -f), or name another place.",
  EROFS: "Name a place that can be written.",
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EISDIR: "Name a file.",
  ENOTDIR: "Name a folder.",
  ENAMETOOLONG: "Choose a shorter name.",
  ENOMEM: "Close other programs, or give less at a time.",
  EMFILE: "Raise the limit: ulimit -n.",
  ENFILE: "Close other programs.",
  EIO: "Look at the disk: the system's log says more.",
};

/** The failure of this machine that an error is, as a person can mend it; undefined for anything else. */
export function machineFailure(thrown: unknown): ExpectedError | undefined {
  if (thrown instanceof RangeError && /^out of memory/i.test(thrown.message)) {
    return new ExpectedError("there is not enough memory", { hint: HINTS["ENOMEM"]!, cause: thrown });
  }
  const code = errorCode(thrown);
  if (code === undefined || !Object.hasOwn(HINTS, code)) return undefined;
  const { path } = thrown as { path?: unknown };
  return new ExpectedError(systemReason(thrown) ?? code, {
    ...(typeof path === "string" && { where: path }),
    hint: HINTS[code]!,
    cause: thrown,
  });
}

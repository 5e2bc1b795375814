import { errorCode, toError } from "../../base/errors.ts";
import { StoreFull } from "../../runtime/ports/store.ts";

const NO_ROOM = /^(SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM)|ENOSPC|EDQUOT|EIO|EROFS)/;

/** SQLite's or the system's complaint about the disk as {@link StoreFull}; anything else as it is. */
export function asStoreError(thrown: unknown): Error {
  const error = toError(thrown);
  const code = errorCode(error) ?? "";
  return NO_ROOM.test(code)
    ? new StoreFull(`the journal cannot be written (${code}): ${error.message}`, { cause: error })
    : error;
}

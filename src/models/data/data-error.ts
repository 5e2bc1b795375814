import { ExpectedError } from "../../base/errors.ts";

/** The images or arrays are not as they must be; `where` names the file or folder. */
export class DataError extends ExpectedError {}

/** Runs it; a DataError that says no place gets this one. */
export function atPlace<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw placed(thrown, where);
  }
}

export async function atPlaceLater<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    throw placed(thrown, where);
  }
}

function placed(thrown: unknown, where: string): unknown {
  if (!(thrown instanceof DataError) || thrown.where !== undefined) return thrown;
  const { message, hint, cause } = thrown;
  return new DataError(message, { where, ...(hint !== undefined && { hint }), cause });
}

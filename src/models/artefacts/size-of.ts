import { stat } from "node:fs/promises";

/** Bytes of a file; undefined where there is none that can be looked at. */
export const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    () => undefined,
  );

import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { onPath } from "../files/fs-error.ts";
import { assertAllowed, locate, type Roots } from "../files/roots.ts";

/** The real path of something that is there, in an allowed folder. */
export const allowedPath = (asked: string, roots: Roots): Promise<string> =>
  onPath(asked, async () => {
    const real = await realpath(locate(asked, roots));
    await assertAllowed(real, asked, roots);
    return real;
  });

/** The same of something that is to be made: its folder is there, and allowed. */
export const newAllowedPath = (asked: string, roots: Roots): Promise<string> =>
  onPath(asked, async () => {
    const place = locate(asked, roots);
    const real = join(await realpath(dirname(place)), basename(place));
    await assertAllowed(real, asked, roots);
    return real;
  });

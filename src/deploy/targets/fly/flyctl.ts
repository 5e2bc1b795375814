import type { Step } from "../../target.ts";

/** A command line of flyctl, by either of its names. */
export const fly = (...args: string[]): Step["argv"] => ["fly", ...args];

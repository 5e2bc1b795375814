import { readFile } from "node:fs/promises";
import { errorCode } from "./errors.ts";

/** The text of a file, or undefined where there is none of that path. Other failures are thrown as they are. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

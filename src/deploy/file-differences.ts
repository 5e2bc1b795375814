import { join } from "node:path";
import { readIfThere } from "../base/read-if-there.ts";
import type { Files } from "./target.ts";

export interface FileDifference {
  path: string;
  /** Unified diff (POSIX diff -u), from what is there to what would be. */
  patch: string;
}

/** How the files of a folder differ from those that would be rendered to it; a file that is not there is empty. */
export async function fileDifferences(folder: string, files: Files): Promise<FileDifference[]> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const differences = Object.entries(files).map(async ([path, text]) => {
    const before = await readIfThere(join(folder, path));
    if (before === text) return [];
    const from = before === undefined ? "/dev/null" : `a/${path}`;
    const options = { headerOptions: FILE_HEADERS_ONLY };
    return [
      {
        path,
        patch: createTwoFilesPatch(from, `b/${path}`, before ?? "", text, undefined, undefined, options),
      },
    ];
  });
  return (await Promise.all(differences)).flat();
}

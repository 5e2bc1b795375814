import { link, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import type { ArtefactClient } from "../artefacts/client.ts";
import type { World } from "../targets/types.ts";
import type { FileRef } from "./job.ts";

export interface JobFiles {
  client: ArtefactClient;
  world: Pick<World, "signal">;
  runningFolder: string;
  progress(message: string): void;
}

/** The files side by side under their names, in a folder that is removed afterwards. */
export async function inFolder<T>(
  files: readonly FileRef[],
  { client, world, runningFolder, progress }: JobFiles,
  use: (folder: string, first: string) => Promise<T>,
): Promise<T> {
  await mkdir(runningFolder, { recursive: true });
  const own = await mkdtemp(join(runningFolder, "job-"));
  try {
    await mkdir(join(own, "built"));
    for (const ref of files) {
      if ((await client.cached(ref)) === undefined) progress(`fetching ${ref.name}, ${ref.bytes} bytes`);
      await placed(await client.fetch(ref, world.signal), join(own, ref.name));
    }
    return await use(own, join(own, files[0]!.name));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** A link costs no space; where there can be none, a copy. */
async function placed(content: string, file: string): Promise<void> {
  const taken = await stat(file).catch(() => undefined);
  if (taken) throw new ExpectedError("two files of the job have the same name", { where: basename(file) });
  await link(content, file).catch(() => Bun.write(file, Bun.file(content)));
}

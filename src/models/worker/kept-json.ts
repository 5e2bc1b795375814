import { parseJson } from "../../base/json.ts";
import type * as z from "../../base/zod.ts";
import type { ArtefactClient } from "../artefacts/client.ts";
import type { ContentRef } from "../artefacts/tensor-ref.ts";

/** What an earlier job has kept in a file; undefined as well where content that it names is gone from the cache. */
export async function keptJson<T>(
  file: string,
  schema: z.ZodMiniType<T>,
  contentOf: (kept: T) => readonly ContentRef[],
  client: ArtefactClient,
): Promise<T | undefined> {
  const text = await Bun.file(file)
    .text()
    .catch(() => "");
  const kept = schema.safeParse(parseJson(text)).data;
  if (kept === undefined) return undefined;
  const there = await Promise.all(contentOf(kept).map((ref) => client.cached(ref)));
  return there.every((path) => path !== undefined) ? kept : undefined;
}

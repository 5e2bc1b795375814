import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type FactsCache, factsCache } from "../cache/facts-cache.ts";
import { explained, isReadError, ReadError } from "../http/types.ts";
import type { Collected } from "./collect.ts";
import type { Surroundings } from "./facts.ts";
import type { ModelFacts } from "./model-facts.ts";
import type { ModelWorld } from "./types.ts";

const TAG_AGE_MS = 15 * 60_000;
const STREAM_BYTES = 268_435_456;

/**
 * What a model is: from the registry (`oci://`, `docker://`, `registry/name:tag`), the hub (`hf://org/model`), a folder or a
 * file, reading as little as will do. What cannot be read is told in `problems`, and the name is fallen back on. Throws
 * only the signal's reason and defects.
 */
export async function readModelFacts(reference: string, world: ModelWorld): Promise<ModelFacts> {
  try {
    return await read(reference.trim(), world);
  } catch (thrown) {
    world.signal?.throwIfAborted();
    if (!isReadError(thrown)) throw thrown;
    const { factsFromName } = await import("../name/name.ts");
    return factsFromName(reference, [explained(thrown)]);
  }
}

async function read(reference: string, world: ModelWorld): Promise<ModelFacts> {
  const path = await localPath(reference, world.cwd);
  if (path !== undefined) return fromFolder(path, reference, world);
  if (reference.startsWith("hf://")) return fromHub(reference, world);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference)?.[1];
  if (scheme !== undefined && scheme !== "oci" && scheme !== "docker")
    throw new ReadError("broken", `${scheme}:// is not a place that models are read from`, {
      hint: "Use oci://, hf://, a folder or a .gguf file.",
    });
  if (scheme === undefined && !reference.includes("/"))
    throw new ReadError("not-found", `${JSON.stringify(reference)} is neither an image nor a folder here`, {
      hint: "Give oci://registry/name:tag, hf://org/model, or a folder.",
    });
  return fromRegistry(reference, world);
}

/** The path that a reference means, when it means one. */
async function localPath(reference: string, cwd: string): Promise<string | undefined> {
  if (reference.startsWith("file:///")) return fileOf(reference);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return undefined;
  const path = resolve(cwd, reference);
  if (/^(\/|\.\.?(\/|$))/.test(reference) || /\.(gguf|safetensors)$/i.test(reference)) return path;
  return stat(path).then(
    () => path,
    () => undefined, // nothing of that name is here: it is an image's
  );
}

function fileOf(reference: string): string {
  try {
    return Bun.fileURLToPath(reference);
  } catch (thrown) {
    throw new ReadError("broken", `${JSON.stringify(reference)} is not the address of a file`, {
      cause: thrown,
    });
  }
}

/** What the cache answers needs none of the readers: they are loaded when there is something to read. */
async function fromRegistry(reference: string, world: ModelWorld): Promise<ModelFacts> {
  const { parseImageReference, referenceText } = await import("../registry/reference.ts");
  const image = parseImageReference(reference);
  const { architecture = "amd64", streamBytes = STREAM_BYTES } = world;
  const keyed = (digest: string) =>
    `${image.registry}/${image.repository}@${digest} ${architecture} ${streamBytes}`;
  const name = `${referenceText(image)} ${architecture}`;
  const cache = cacheOf(world);
  const known = image.digest ?? (await cache?.digestOf(name, world.tagAgeMs ?? TAG_AGE_MS));
  const kept = known === undefined ? undefined : await fromCache(cache, keyed(known), reference, world);
  if (kept !== undefined) return kept;
  const { openImage, readImage } = await import("../registry/read-image.ts");
  const { client, resolved } = await openImage(image, world, architecture);
  await cache?.remember(name, resolved.digest);
  const same = await fromCache(cache, keyed(resolved.digest), reference, world);
  if (same !== undefined) return same;
  const facts = await factsOf(await readImage(client, resolved, reference, streamBytes));
  return keep(cache, keyed(resolved.digest), facts);
}

/** A folder is known by its files: their names, sizes and times. */
async function fromFolder(path: string, reference: string, world: ModelWorld): Promise<ModelFacts> {
  const { listFolder, readFolder } = await import("../folder/read-folder.ts");
  const files = await listFolder(path);
  const cache = cacheOf(world);
  const key = JSON.stringify([path, files.map(({ name, size, changed }) => [name, size, changed])]);
  const kept = await fromCache(cache, key, reference, world, []);
  return kept ?? keep(cache, key, await factsOf(await readFolder(path, files, reference)));
}

interface Read extends ModelFacts {
  /** Whether it can be kept: what is broken may be so on the way only. */
  sound: boolean;
}

async function factsOf({ collected, around }: { collected: Collected; around: Surroundings }): Promise<Read> {
  const { modelFacts } = await import("./facts.ts");
  const sound = collected.broken.size === 0 && collected.problems.length === 0;
  return { ...modelFacts(collected, around), sound };
}

async function fromHub(reference: string, world: ModelWorld): Promise<ModelFacts> {
  const { parseHubReference, listHub, readHub } = await import("../hub/read-hub.ts");
  const parsed = parseHubReference(reference);
  const endpoint = world.env["HF_ENDPOINT"] ?? "";
  const keyed = (sha: string) => `${endpoint} hf://${parsed.model}@${sha}/${parsed.file ?? ""}`;
  const cache = cacheOf(world);
  const name = `${endpoint} ${reference}`;
  const known = await cache?.digestOf(name, world.tagAgeMs ?? TAG_AGE_MS);
  const kept = known === undefined ? undefined : await fromCache(cache, keyed(known), reference, world);
  if (kept !== undefined) return kept;
  const listing = await listHub(parsed, world);
  if (listing.sha !== undefined) {
    await cache?.remember(name, listing.sha);
    const same = await fromCache(cache, keyed(listing.sha), reference, world);
    if (same !== undefined) return same;
  }
  const facts = await factsOf(await readHub(reference, parsed, listing, world));
  return keep(listing.sha === undefined ? undefined : cache, keyed(listing.sha ?? ""), facts);
}

const cacheOf = ({ stateFolder, now }: ModelWorld): FactsCache | undefined =>
  stateFolder === undefined ? undefined : factsCache(stateFolder, now);

async function fromCache(
  cache: FactsCache | undefined,
  key: string,
  reference: string,
  { tagAgeMs }: ModelWorld,
  how = ["from the cache, by its digest"],
): Promise<ModelFacts | undefined> {
  const facts = await cache?.load(key);
  if (facts === undefined || (tagAgeMs === 0 && facts.problems.length > 0)) return undefined;
  return { ...facts, reference, evidence: [...facts.evidence, ...how] };
}

async function keep(cache: FactsCache | undefined, key: string, read: Read): Promise<ModelFacts> {
  const { sound, ...facts } = read;
  const why = sound ? await cache?.save(key, facts) : undefined;
  return why === undefined ? facts : { ...facts, problems: [...facts.problems, why] };
}

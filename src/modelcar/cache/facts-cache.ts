import { join } from "node:path";
import { fields, textOf } from "../../base/lenient-json.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { hashed, readJson, writeJson } from "./json-file.ts";

/** Raised when what is read of a model, or how it is written down, changes: older entries are not looked at. */
const VERSION = 5;

/** Facts of models by digest, and the digests that names had, in files of a folder. */
export interface FactsCache {
  /** Facts that were read of this digest; undefined: none are kept, or they are broken. */
  load(digest: string): Promise<ModelFacts | undefined>;
  /** A folder that cannot be written is no failure: the next run reads again. @returns why it was not kept. */
  save(digest: string, facts: ModelFacts): Promise<string | undefined>;
  /** The digest that a name had less than `maxAgeMs` ago. */
  digestOf(reference: string, maxAgeMs: number): Promise<string | undefined>;
  remember(reference: string, digest: string): Promise<string | undefined>;
}

const checkSum = (facts: unknown): string => hashed(JSON.stringify(facts) ?? "");

/** `folder` is the state folder; `now` gives milliseconds since 1970. */
export function factsCache(folder: string, now: () => number): FactsCache {
  const root = join(folder, "model-car", `v${VERSION}`);
  const factsFile = (digest: string) => join(root, "facts", `${hashed(digest)}.json`);
  const nameFile = (reference: string) => join(root, "names", `${hashed(reference)}.json`);
  return {
    async load(digest) {
      const { key, check, facts } = fields(readJson(factsFile(digest)));
      // What has the sum that it was written with is what was written: no schema has to be loaded to say so.
      return key === digest && check === checkSum(facts) ? (facts as ModelFacts) : undefined;
    },
    save: (digest, facts) => writeJson(factsFile(digest), { key: digest, check: checkSum(facts), facts }),
    async digestOf(reference, maxAgeMs) {
      const { key, digest, at } = fields(readJson(nameFile(reference)));
      const fresh = typeof at === "number" && now() - at < maxAgeMs && now() >= at;
      return fresh && key === reference ? textOf(digest) : undefined;
    },
    remember: (reference, digest) => writeJson(nameFile(reference), { key: reference, digest, at: now() }),
  };
}

import type { ModelEntry } from "../manifest/types.ts";
import { maskedArguments } from "./arguments.ts";
import { maskedReference } from "./text.ts";

/**
 * A model as all that is told of it may be made from it: its secrets are masked before anything is worked out. Nothing that
 * decides is a secret, so that the verdict is the same. Applied to its own result it changes nothing.
 */
export const maskedEntry = (entry: ModelEntry): ModelEntry =>
  entry.masked
    ? entry
    : {
        ...entry,
        name: entry.name === entry.image ? maskedReference(entry.image) : entry.name,
        image: maskedReference(entry.image),
        args: maskedArguments(entry.args),
        masked: true,
      };

import { toError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { fields } from "../../base/lenient-json.ts";
import { isReadError } from "../http/types.ts";
import type { RegistryClient } from "./client.ts";
import type { Manifest } from "./types.ts";

const MAX_CONFIG = 4_194_304;

/** Words as people write them: no control characters, not endless. */
const wordOf = (value: unknown): string | undefined =>
  typeof value === "string" && /^[\w/.,+:() -]{1,100}$/.test(value) ? value : undefined;

/** What an image says of itself. */
export interface Labels {
  architectures: string[];
  licence: string | undefined;
  problems: string[];
}

/** The image's own config: architecture and labels. Artefacts that are no images have another. */
export async function readLabels(client: RegistryClient, { config, annotations }: Manifest): Promise<Labels> {
  const licence = wordOf(annotations["org.opencontainers.image.licenses"]);
  if (
    config === undefined ||
    !/(container\.image|docker\.container\.image|oci\.image\.config|model\.config)/.test(config.mediaType)
  )
    return { architectures: [], licence, problems: [] };
  try {
    const value = fields(parseJson(new TextDecoder().decode(await client.blob(config, MAX_CONFIG))));
    const labels = fields(fields(value["config"])["Labels"]);
    const architecture = wordOf(value["architecture"]);
    return {
      architectures: architecture ? [architecture] : [],
      licence: licence ?? wordOf(labels["org.opencontainers.image.licenses"]) ?? wordOf(labels["license"]),
      problems: [],
    };
  } catch (thrown) {
    if (!isReadError(thrown)) throw thrown;
    return {
      architectures: [],
      licence,
      problems: [`the image's config cannot be read: ${toError(thrown).message}`],
    };
  }
}

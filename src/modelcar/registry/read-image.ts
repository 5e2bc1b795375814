import type { Collected } from "../model/collect.ts";
import type { Surroundings } from "../model/facts.ts";
import type { ModelWorld } from "../model/types.ts";
import { bytesText } from "../requirements/units.ts";
import { certifiedFetch, readCertificates } from "./certificates.ts";
import { type RegistryClient, registryClient } from "./client.ts";
import { helpersOf } from "./credential-helper.ts";
import { readLabels } from "./image-labels.ts";
import { readLogins } from "./logins.ts";
import { type ResolvedImage, resolveImage } from "./manifest.ts";
import { readLayers } from "./read-layers.ts";
import { referenceText } from "./reference.ts";
import type { ImageReference } from "./types.ts";
import type { StreamBudget } from "./visit-layer.ts";

/** What was read of an image, and what it says of itself. */
export interface ReadImage {
  collected: Collected;
  around: Surroundings;
}

/** Finds an image in its registry, with the logins and certificates of the environment. @throws ReadError */
export async function openImage(
  reference: ImageReference,
  world: ModelWorld,
  architecture: string,
): Promise<{ client: RegistryClient; resolved: ResolvedImage }> {
  const { env, cwd, registryCas } = world;
  const certificates = readCertificates(env, registryCas);
  const fetch = certifiedFetch(world.fetch, certificates);
  const logins = readLogins(env, cwd);
  const askHelper = helpersOf(logins, world);
  const client = registryClient(reference, { ...world, fetch, certificates, logins, askHelper });
  return { client, resolved: await resolveImage(client, architecture) };
}

/** Reads the model in an image, and what the image says of itself. */
export async function readImage(
  client: RegistryClient,
  image: ResolvedImage,
  reference: string,
  streamBytes: number,
): Promise<ReadImage> {
  const { manifest } = image;
  const labels = await readLabels(client, manifest);
  const budget: StreamBudget = { left: streamBytes };
  const layers = await readLayers(client, manifest, budget);
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const architectures = image.architectures.length > 0 ? image.architectures : labels.architectures;
  const read = `${client.bytesRead} bytes were used of an image of ${bytesText(bytes)}`;
  return {
    collected: layers.collected,
    around: {
      reference,
      source: "registry",
      digest: image.digest,
      container: { bytes, layers: manifest.layers.length, architectures },
      licence: labels.licence,
      evidence: [
        `image ${referenceText({ ...client.reference, digest: image.digest })}`,
        read,
        ...layers.evidence,
      ],
      problems: [...labels.problems, ...layers.problems],
    },
  };
}

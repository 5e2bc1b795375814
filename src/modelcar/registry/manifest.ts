import { parseJson } from "../../base/json.ts";
import { fields, isObject, textOf } from "../../base/lenient-json.ts";
import { readBody } from "../http/body.ts";
import { ReadError } from "../http/types.ts";
import { checkDigest, type RegistryClient, sha256 } from "./client.ts";
import { referenceText } from "./reference.ts";
import type { Descriptor, Manifest } from "./types.ts";

/** Registries must take 4 MiB; none needs more. */
const MAX_MANIFEST = 4_194_304;
const MAX_LAYERS = 10_000;

const INDEXES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

export interface ResolvedImage {
  manifest: Manifest;
  /** Of the index; empty when there is none. */
  architectures: string[];
  /** Digest of what the reference names: index or manifest. */
  digest: string;
}

/** The manifest of a reference; of an index the one for `architecture`, or the first for Linux. @throws ReadError */
export async function resolveImage(client: RegistryClient, architecture: string): Promise<ResolvedImage> {
  const { tag, digest } = client.reference;
  const first = await fetchDocument(client, digest ?? tag ?? "latest", digest);
  const index = first.value["manifests"];
  if (!Array.isArray(index))
    return { manifest: manifestOf(first, client), architectures: [], digest: first.digest };
  const images = index.map((item) => descriptorOf(item, client)).filter(isImage);
  const platforms = images.flatMap(({ platform }) => platform?.architecture ?? []);
  const chosen = images.find(({ platform }) => platform?.architecture === architecture) ?? images[0];
  if (chosen === undefined) throw broken(client, "its index names no image");
  const second = await fetchDocument(client, chosen.digest, chosen.digest);
  return {
    manifest: manifestOf(second, client),
    architectures: [...new Set(platforms)],
    digest: first.digest,
  };
}

/** Attestations and signatures stand in the index beside the images. */
const isImage = ({ platform, annotations }: Descriptor): boolean =>
  annotations["vnd.docker.reference.type"] === undefined &&
  platform?.os !== "unknown" &&
  (platform?.os ?? "linux") === "linux";

interface Fetched {
  value: Record<string, unknown>;
  digest: string;
  mediaType: string;
}

async function fetchDocument(
  client: RegistryClient,
  reference: string,
  digest: string | undefined,
): Promise<Fetched> {
  const accept = [...INDEXES, ...MANIFESTS].join(", ");
  const { response } = await client.get(`manifests/${reference}`, { accept });
  const bytes = await readBody(response, MAX_MANIFEST, `the manifest of ${referenceText(client.reference)}`);
  client.count(bytes.length);
  if (digest !== undefined) checkDigest(bytes, digest, `the manifest of ${referenceText(client.reference)}`);
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(value))
    throw broken(
      client,
      "its manifest is not JSON",
      "Something else may answer in the registry's place, as the login page of a proxy: see what its address shows.",
    );
  const mediaType = textOf(fields(value)["mediaType"]) ?? response.headers.get("content-type") ?? "";
  return { value: fields(value), digest: sha256(bytes), mediaType };
}

function manifestOf({ value, digest, mediaType }: Fetched, client: RegistryClient): Manifest {
  const { layers } = value;
  if (value["schemaVersion"] === 1 || value["fsLayers"] !== undefined)
    throw broken(client, "its manifest is of Docker's schema 1, which no registry should serve any more");
  if (!Array.isArray(layers) || layers.length > MAX_LAYERS)
    throw broken(client, "its manifest has no sound list of layers");
  return {
    digest,
    mediaType,
    artifactType: textOf(value["artifactType"]),
    config: value["config"] === undefined ? undefined : descriptorOf(value["config"], client),
    layers: layers.map((layer) => descriptorOf(layer, client)),
    annotations: textsOf(value["annotations"]),
  };
}

function descriptorOf(value: unknown, client: RegistryClient): Descriptor {
  const { mediaType, digest, size, annotations, platform } = fields(value);
  if (typeof digest !== "string" || !/^[a-z0-9+._-]+:[0-9a-zA-Z=_-]{32,}$/.test(digest))
    throw broken(client, "a descriptor has no digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw broken(client, "a descriptor has no sound size");
  const { os, architecture } = fields(platform);
  const known =
    typeof architecture === "string" && /^[\w/.-]{1,40}$/.test(architecture)
      ? { os: textOf(os) ?? "linux", architecture }
      : undefined;
  return {
    mediaType: textOf(mediaType) ?? "",
    digest,
    size,
    annotations: textsOf(annotations),
    platform: known,
  };
}

const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

function broken({ reference }: RegistryClient, what: string, hint?: string): ReadError {
  const where = referenceText(reference);
  return new ReadError("broken", `${where} cannot be read: ${what}`, { where, ...(hint && { hint }) });
}

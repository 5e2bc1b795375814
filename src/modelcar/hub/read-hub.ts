import type { Env } from "../../base/env.ts";
import { isLoopbackHost } from "../../base/hosts.ts";
import { parseJson } from "../../base/json.ts";
import { fields, textOf } from "../../base/lenient-json.ts";
import { mapParallel } from "../../base/map-parallel.ts";
import { sourceReader } from "../bytes/source-reader.ts";
import { streamReader } from "../bytes/stream-reader.ts";
import type { ByteSource } from "../bytes/types.ts";
import { chunksOf, quotedAnswer, readBody } from "../http/body.ts";
import { sendPatiently } from "../http/retry.ts";
import { discard } from "../http/send.ts";
import { explained, type HttpWorld, isReadError, ReadError, type ReadErrorCode } from "../http/types.ts";
import { type Collected, collect, isWanted, nothingCollected } from "../model/collect.ts";
import type { Surroundings } from "../model/facts.ts";
import { safePath } from "../tar/safe-path.ts";
import { hubToken } from "./token.ts";

export interface HubReference {
  /** `org/model`. */
  model: string;
  revision: string;
  /** One file of the repository, for `.gguf`. */
  file: string | undefined;
}

export interface HubWorld extends HttpWorld {
  env: Env;
}

const WIDTH = 6;
const MAX_LISTING = 33_554_432;

/** Reads `hf://org/model@revision` or `hf://org/model/file.gguf`. @throws ReadError `broken`. */
export function parseHubReference(text: string): HubReference {
  const match = /^hf:\/\/([\w.-]{1,96}\/[\w.-]{1,96})(?:@([\w./-]{1,128}))?(?:\/([\w./ -]+\.gguf))?$/.exec(
    text,
  );
  if (match === null || text.includes(".."))
    throw new ReadError("broken", `${JSON.stringify(text.slice(0, 200))} is not a model of the hub`, {
      hint: "Expected is hf://organization/model, or hf://organization/model@revision.",
    });
  const [, model = "", revision = "main", file] = match;
  return { model, revision, file };
}

interface HubFile {
  path: string;
  size: number;
}

interface Listing {
  sha: string | undefined;
  licence: string | undefined;
  files: HubFile[];
}

/** A repository of the hub, as a client for its files. */
function hubClient({ model, revision }: HubReference, world: HubWorld) {
  const endpoint = (world.env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
  const token = hubToken(world.env);
  const { protocol, hostname } = parsedEndpoint(endpoint);
  // Plain HTTP to another machine is the word of whoever wrote http:// there; the token stays here.
  const isOpen = protocol === "http:" && !isLoopbackHost(hostname);
  const authorization = token === undefined || isOpen ? undefined : `Bearer ${token}`;
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const { response } = await sendPatiently(
      `${endpoint}/${path}`,
      {
        headers: { "accept-encoding": "identity", ...headers },
        authorization,
        insecureHosts: isOpen ? [hostname] : [],
      },
      world,
    );
    if (!response.ok) throw await refusal(response, model, endpoint, authorization !== undefined);
    return response;
  };
  const address = (path: string) =>
    `${model}/resolve/${encodeURIComponent(revision)}/${path.split("/").map(encodeURIComponent).join("/")}`;
  return { endpoint, get, address };
}

function parsedEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new ReadError("broken", "HF_ENDPOINT is not an http:// or https:// address");
}

async function refusal(
  response: Response,
  model: string,
  endpoint: string,
  hasToken: boolean,
): Promise<ReadError> {
  const host = new URL(endpoint).host;
  const { status } = response;
  const quoted = await quotedAnswer(response);
  const error = (code: ReadErrorCode, text: string, hint: string) =>
    new ReadError(code, `${text}${quoted}`, { where: `hf://${model}`, hint });
  if (status === 401 && !hasToken)
    return error(
      "unauthorized",
      `${host} asks for a token, or has no ${model}`,
      "Check the name; for a private or gated model set HF_TOKEN.",
    );
  if (status === 401)
    return error("unauthorized", `${host} refuses the token`, "Make a new token with the right to read.");
  if (status === 403)
    return error(
      "forbidden",
      `${host} does not let you read ${model}`,
      "Accept the model's terms on its page, with the account that HF_TOKEN is of.",
    );
  if (status === 404)
    return error(
      "not-found",
      `${host} has no such model or revision: ${model}`,
      "Check the name and the revision.",
    );
  if (status === 429)
    return error(
      "rate-limited",
      `${host} takes no more requests for now`,
      "Try again later; a token in HF_TOKEN raises the limit.",
    );
  return error("unavailable", `${host} answers with ${status}`, "Try again later.");
}

/** The commit of a reference and its files, with their sizes. @throws ReadError */
export async function listHub(reference: HubReference, world: HubWorld): Promise<Listing> {
  const client = hubClient(reference, world);
  const response = await client.get(
    `api/models/${reference.model}/revision/${encodeURIComponent(reference.revision)}?blobs=true`,
  );
  const bytes = await readBody(response, MAX_LISTING, `the files of ${reference.model}`);
  const value = fields(parseJson(new TextDecoder().decode(bytes)));
  const siblings = Array.isArray(value["siblings"]) ? value["siblings"] : [];
  const files = siblings.map(fields).flatMap(({ rfilename, size }) => {
    const path = typeof rfilename === "string" ? safePath(rfilename) : undefined;
    return path === undefined || typeof size !== "number" ? [] : [{ path, size }];
  });
  if (files.length === 0)
    throw new ReadError("broken", `${client.endpoint} lists no files of ${reference.model}`);
  return { sha: textOf(value["sha"]), licence: textOf(fields(value["cardData"])["license"]), files };
}

/** Reads of a repository of the hub what matters, by ranges. @throws ReadError */
export async function readHub(
  text: string,
  reference: HubReference,
  listing: Listing,
  world: HubWorld,
): Promise<{ collected: Collected; around: Surroundings }> {
  const pinned = { ...reference, revision: listing.sha ?? reference.revision };
  const client = hubClient(pinned, world);
  const collected = nothingCollected();
  const wanted = listing.files.filter(({ path }) =>
    reference.file === undefined ? isWanted(path) && !path.includes("/") : isPartOf(reference.file, path),
  );
  if (wanted.length === 0)
    throw new ReadError("not-found", `${reference.model} holds no file of a model`, { where: text });
  for (const { path, size } of listing.files) collected.sizes.set(path, size);
  await collectAll(wanted, client, collected);
  return {
    collected,
    around: {
      ...{
        reference: text,
        source: "hub",
        digest: listing.sha,
        container: undefined,
        licence: listing.licence,
      },
      evidence: [`${client.endpoint}/${reference.model} at ${listing.sha ?? reference.revision}`],
      problems: [],
    },
  };
}

/** Reads files until the hub refuses one; what was read before is kept, and the reason told. @throws ReadError */
async function collectAll(files: readonly HubFile[], client: Client, into: Collected): Promise<void> {
  let refused: ReadError | undefined;
  await mapParallel(files, WIDTH, async (file) => {
    if (refused !== undefined) return;
    try {
      await collectFile(file, client, into);
    } catch (thrown) {
      if (!isReadError(thrown)) throw thrown;
      refused ??= thrown;
    }
  });
  if (refused === undefined) return;
  if (into.texts.size + into.tensors.size + into.gguf.size === 0) throw refused;
  into.problems.push(explained(refused));
  into.unseen = true;
}

async function collectFile({ path, size }: HubFile, client: Client, into: Collected): Promise<void> {
  const source = hubSource(path, size, client);
  try {
    await collect({ path, size, body: sourceReader(source) }, into);
  } catch (thrown) {
    if (!isReadError(thrown) || thrown.code !== "no-ranges") throw thrown;
    await collectWhole(path, size, client, into);
  }
}

/** Whether a file is the one that is named, or another part of the same: `m-00002-of-00003.gguf`. */
const isPartOf = (named: string, path: string): boolean =>
  path.replace(PART, "$1") === named.replace(PART, "$1");
const PART = /-\d{5}(-of-\d{5}\.gguf)$/;

type Client = ReturnType<typeof hubClient>;

function hubSource(path: string, size: number, client: Client): ByteSource {
  return {
    size,
    async read(offset, length) {
      const response = await client.get(client.address(path), {
        range: `bytes=${offset}-${offset + length - 1}`,
      });
      if (response.status !== 206 && !(offset === 0 && length === size)) {
        discard(response);
        throw new ReadError("no-ranges", `${client.endpoint} takes no range requests`);
      }
      const bytes = await readBody(response, length, path);
      if (bytes.length < length)
        throw new ReadError(
          "unreachable",
          `${client.endpoint} sent ${bytes.length} of ${length} bytes of ${path}`,
        );
      return bytes;
    },
  };
}

/** Without ranges the beginning is streamed. */
async function collectWhole(path: string, size: number, client: Client, into: Collected): Promise<void> {
  const response = await client.get(client.address(path));
  const body = streamReader(chunksOf(response, path), 268_435_456);
  try {
    await collect({ path, size, body }, into);
  } finally {
    await body.close();
  }
}

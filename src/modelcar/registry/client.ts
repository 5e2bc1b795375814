import { createHash } from "node:crypto";
import { readBody } from "../http/body.ts";
import { sendPatiently } from "../http/retry.ts";
import { discard, type Sent } from "../http/send.ts";
import { ReadError } from "../http/types.ts";
import { answerChallenge, failure } from "./authorize.ts";
import { apiUrl, referenceText } from "./reference.ts";
import type { Descriptor, ImageReference, RegistryWorld } from "./types.ts";

/** One repository of a registry. */
export interface RegistryClient {
  reference: ImageReference;
  /** GET below the repository; the login is kept for the next. @throws ReadError for all but 2xx. */
  get(path: string, headers?: RequestHeaders): Promise<Sent>;
  /** Asks an address that the registry redirected to, without the login; undefined: it does not take it any more. */
  getDirect(url: string, headers: RequestHeaders): Promise<Response | undefined>;
  /** A whole blob, checked against its digest. @throws ReadError `broken` when it is another. */
  blob(descriptor: Descriptor, limit: number): Promise<Uint8Array>;
  /** Bytes of bodies that were taken so far. */
  readonly bytesRead: number;
  count(bytes: number): void;
}

type RequestHeaders = Readonly<Record<string, string>>;

/** Asks below a repository's address, with the login that it turns out to need. */
function loggedIn(base: string, reference: ImageReference, world: RegistryWorld) {
  let authorization: string | undefined;
  let login: Promise<string | undefined> | undefined;
  const ask = (path: string, headers: RequestHeaders) =>
    sendPatiently(
      `${base}/${path}`,
      {
        headers: { "accept-encoding": "identity", ...headers },
        authorization,
        insecureHosts: world.insecureRegistries,
      },
      world,
    );
  /** Requests at the same time share one login. */
  const logIn = (response: Response, stale: string | undefined): Promise<string | undefined> => {
    if (authorization !== stale) return Promise.resolve(authorization);
    login ??= answerChallenge(response, reference, world).finally(() => {
      login = undefined;
    });
    return login;
  };
  return async (path: string, headers: RequestHeaders): Promise<Sent> => {
    const used = authorization;
    const sent = await ask(path, headers);
    // Where the registry redirects to has no business with the registry's login.
    if (sent.response.status !== 401 || !isWithin(base, sent)) return sent;
    const answer = await logIn(sent.response, used);
    if (answer === undefined) return sent;
    authorization = answer;
    discard(sent.response);
    return ask(path, headers);
  };
}

const isWithin = (base: string, { url }: Sent): boolean => new URL(url).origin === new URL(base).origin;

export function registryClient(reference: ImageReference, world: RegistryWorld): RegistryClient {
  const base = apiUrl(reference, world.insecureRegistries, world.certificates);
  const ask = loggedIn(base, reference, world);
  let bytesRead = 0;
  const client: RegistryClient = {
    reference,
    get bytesRead() {
      return bytesRead;
    },
    count: (bytes) => {
      bytesRead += bytes;
    },
    async get(path, headers = {}) {
      const sent = await ask(path, headers);
      if (sent.response.ok) return sent;
      if (isWithin(base, sent)) throw await failure(sent.response, reference, world, path);
      discard(sent.response);
      throw new ReadError(
        "unavailable",
        `${new URL(sent.url).host}, which ${reference.registry} redirects to, answers with ${sent.response.status}`,
        { where: referenceText(reference), hint: "Try again later; the fault is on the registry's side." },
      );
    },
    async getDirect(url, headers) {
      const { response } = await sendPatiently(
        url,
        { headers: { "accept-encoding": "identity", ...headers }, insecureHosts: world.insecureRegistries },
        world,
      );
      if (response.ok) return response;
      discard(response);
      return undefined;
    },
    async blob(descriptor, limit) {
      const what = `${descriptor.digest.slice(0, 19)}… of ${referenceText(reference)}`;
      const { response } = await client.get(`blobs/${descriptor.digest}`);
      const bytes = await readBody(response, limit, what);
      client.count(bytes.length);
      checkDigest(bytes, descriptor.digest, what);
      return bytes;
    },
  };
  return client;
}

export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** @throws ReadError `broken` when the bytes are others than promised. */
export function checkDigest(bytes: Uint8Array, digest: string, what: string): void {
  if (!digest.startsWith("sha256:")) return; // sha512 is allowed and rare; nothing of it is trusted more for that
  const found = sha256(bytes);
  if (found === digest) return;
  throw new ReadError("broken", `${what} is not what its digest promises (it has ${found.slice(0, 19)}…)`, {
    hint: "The registry or something on the way changed it: do not use this image.",
  });
}

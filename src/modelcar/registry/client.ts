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
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Sent>;
  /** Asks an address that the registry redirected to, without the login; undefined: it does not take it any more. */
  getDirect(url: string, headers: Readonly<Record<string, string>>): Promise<Response | undefined>;
  /** A whole blob, checked against its digest. @throws ReadError `broken` when it is another. */
  blob(descriptor: Descriptor, limit: number): Promise<Uint8Array>;
  /** Bytes of bodies that were taken so far. */
  readonly bytesRead: number;
  count(bytes: number): void;
}

export function registryClient(reference: ImageReference, world: RegistryWorld): RegistryClient {
  const base = apiUrl(reference, world.insecureRegistries, world.certificates);
  let authorization: string | undefined;
  let login: Promise<string | undefined> | undefined;
  let bytesRead = 0;
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
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
  const client: RegistryClient = {
    reference,
    get bytesRead() {
      return bytesRead;
    },
    count: (bytes) => {
      bytesRead += bytes;
    },
    async get(path, headers = {}) {
      const used = authorization;
      let sent = await ask(path, headers);
      // Where the registry redirects to has no business with the registry's login.
      if (sent.response.status === 401 && new URL(sent.url).origin === new URL(base).origin) {
        const answer = await logIn(sent.response, used);
        if (answer !== undefined) {
          authorization = answer;
          discard(sent.response);
          sent = await ask(path, headers);
        }
      }
      if (sent.response.ok) return sent;
      const { host, origin } = new URL(sent.url);
      if (origin === new URL(base).origin) throw await failure(sent.response, reference, world, path);
      discard(sent.response);
      throw new ReadError(
        "unavailable",
        `${host}, which ${reference.registry} redirects to, answers with ${sent.response.status}`,
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

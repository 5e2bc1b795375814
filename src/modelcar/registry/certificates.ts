import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import type { Env } from "../../base/env.ts";
import { errorCode } from "../../base/errors.ts";
import { isUntrusted, systemReason } from "../../base/system-error.ts";
import { type Fetch, type FetchTls, ReadError } from "../http/types.ts";

/** An authority that someone named, for one registry or for all. */
export interface NamedCa {
  /** Host, with its port when one is given; undefined: every host. */
  host: string | undefined;
  /** PEM. */
  pem: string;
}

/** What a connection to a registry is made with, beside the usual authorities. */
export interface HostCertificates {
  /** PEM of authorities that are trusted for this host. */
  ca: readonly string[];
  /** Certificate and key by which one shows who one is; PEM. */
  client: { cert: string; key: string } | undefined;
  /** Whether they are for this host alone: then it speaks TLS, wherever it is. */
  ownHost: boolean;
}

export interface Certificates {
  /** `host` as in a URL, with its port unless it is 443. Undefined: there are none. @throws ReadError `broken` */
  of(host: string): HostCertificates | undefined;
}

/**
 * Certificates for registries where podman, skopeo and docker look (containers-certs.d(5); the first folder that is there
 * for a host is the one), and those that were named. Each folder is read once.
 */
export function readCertificates(env: Env, named: readonly NamedCa[] = []): Certificates {
  const known = new Map<string, HostCertificates | undefined>();
  const find = (host: string): HostCertificates | undefined => {
    const names = host.includes(":") ? [host] : [host, `${host}:443`];
    const folder = placesOf(env)
      .flatMap((place) => names.map((name) => join(place, name)))
      .map(readFolder)
      .find((found) => found !== undefined);
    const own = named.filter((one) => one.host !== undefined && names.includes(one.host));
    const ca = [
      ...named.filter((one) => own.includes(one) || one.host === undefined).map(({ pem }) => pem),
      ...(folder?.ca ?? []),
    ];
    if (ca.length === 0 && folder?.client === undefined) return undefined;
    return { ca, client: folder?.client, ownHost: own.length > 0 || folder !== undefined };
  };
  return {
    of(host) {
      if (!known.has(host)) known.set(host, find(host));
      return known.get(host);
    },
  };
}

/** This user's come first (containers/image, dockerCertDir); the last two are those of rootless docker and Docker Desktop. */
const placesOf = ({ HOME: home }: Env): string[] => [
  ...(home ? [join(home, ".config/containers/certs.d")] : []),
  "/etc/containers/certs.d",
  "/etc/docker/certs.d",
  ...(home ? [join(home, ".config/docker/certs.d"), join(home, ".docker/certs.d")] : []),
];

type FolderCertificates = Pick<HostCertificates, "ca" | "client">;

/** `*.crt` are authorities, `*.cert` with a `*.key` of the same name is the client's. */
function readFolder(folder: string): FolderCertificates | undefined {
  const names = listed(folder);
  if (names === undefined) return undefined;
  const pem = (name: string): string => pemOf(join(folder, name));
  const cert = names.find((name) => name.endsWith(".cert"));
  const key = cert && `${cert.slice(0, -".cert".length)}.key`;
  if (key !== undefined && !names.includes(key))
    throw new ReadError("broken", `${join(folder, cert!)} has no ${key} beside it`, {
      hint: "Put the key of the client's certificate there.",
    });
  return {
    ca: names.filter((name) => name.endsWith(".crt")).map(pem),
    client: cert === undefined ? undefined : { cert: pem(cert), key: pem(key!) },
  };
}

function listed(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(thrown) ?? "")) return undefined;
    throw unreadable(folder, thrown);
  }
}

function pemOf(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  if (text.includes("-----BEGIN ")) return text;
  throw new ReadError("broken", `${path} is not a PEM file`);
}

const unreadable = (path: string, cause: unknown): ReadError =>
  new ReadError("broken", `${path} cannot be read: ${systemReason(cause) ?? "no reason is known"}`, {
    cause,
  });

/** A fetch that makes TLS connections with what is known for each host, and tells what to do where one is not trusted. */
export function certifiedFetch(fetch: Fetch, certificates: Certificates): Fetch {
  return async (url, init) => {
    const { protocol, host } = new URL(url);
    const found = protocol === "https:" ? certificates.of(host) : undefined;
    try {
      return await fetch(url, found === undefined ? init : { ...init, tls: tlsOf(found) });
    } catch (thrown) {
      if (!isUntrusted(thrown)) throw thrown;
      throw new ReadError(
        "insecure",
        `${host} cannot be trusted: ${systemReason(thrown) ?? "its certificate is not valid"}`,
        {
          hint: `Put the certificate of its authority in ~/.config/containers/certs.d/${host}/ca.crt, or name it by --registry-ca or registry_ca of model_car.`,
          cause: thrown,
        },
      );
    }
  };
}

/** Given authorities stand in the place of the usual ones, so that these are given along. */
const tlsOf = ({ ca, client }: HostCertificates): FetchTls => ({
  ...(ca.length > 0 && { ca: [...getCACertificates("default"), ...ca] }),
  ...client,
});

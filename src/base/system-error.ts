import { errorCode } from "./errors.ts";

/** Codes of errno(3), node:tls, getaddrinfo(3) and Bun's fetch, in words that hold no name and no address. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "a part of it is a link, which is not followed",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOMEM: "there is not enough memory",
  EFBIG: "a file may not become that large",
  EIO: "the disk cannot be read or written",
  ENAMETOOLONG: "the name is too long",
  ENXIO: "it is not a file",
  EEXIST: "something of that name is there already",
  ConnectionRefused: "the connection was refused",
  ECONNREFUSED: "the connection was refused",
  FailedToOpenSocket: "no connection could be made",
  ConnectionClosed: "the server closed the connection",
  ECONNRESET: "the server closed the connection",
  EPIPE: "the server closed the connection",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  ConnectionTimeout: "the connection timed out",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up right now",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is signed by an unknown authority",
  ZlibError: "the server's compressed answer is broken",
  BrotliDecompressionError: "the server's compressed answer is broken",
  ZstdDecompressionError: "the server's compressed answer is broken",
  Malformed_HTTP_Response: "the server's answer is not HTTP",
};

/** Whether a connection was not made since the other's certificate is not trusted. */
export const isUntrusted = (thrown: unknown): boolean =>
  /CERT|SELF_SIGNED|VERIFY_LEAF|ISSUER/.test(errorCode(thrown) ?? "");

/** What an error of the system or of a connection means, in plain words; undefined for one that has no known code. */
export function systemReason(thrown: unknown): string | undefined {
  const code = errorCode(thrown);
  return code !== undefined && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
}

import { errorCode, toError } from "../../base/errors.ts";

const REASONS: Record<string, string> = {
  ConnectionRefused: "the connection was refused",
  ECONNREFUSED: "the connection was refused",
  FailedToOpenSocket: "no connection could be made",
  ConnectionClosed: "the server closed the connection",
  ECONNRESET: "the server closed the connection",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  ConnectionTimeout: "the connection timed out",
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

/** What went wrong on the way to a host, in words that hold no address but the one that was asked for. */
export function networkError(thrown: unknown, host: string): Error {
  const code = errorCode(thrown);
  const reason =
    (code !== undefined && REASONS[code]) || `the request failed (${code ?? toError(thrown).name})`;
  return new Error(`${host}: ${reason}`, { cause: thrown });
}

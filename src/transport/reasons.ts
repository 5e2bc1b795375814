import { errorCode } from "../base/errors.ts";
import { PublishRefused } from "../runtime/ports/transport.ts";

/** What broker and socket errors mean: CONNACK codes of MQTT 3.1.1 §3.2.2.3, reason codes of MQTT 5 §2.4. */

/** "Session taken over": another client connected with this client id. */
export const TAKEN_OVER = 0x8e;

/** "Packet too large": more than the broker takes. */
export const PACKET_TOO_LARGE = 0x95;

const UNACCEPTABLE_PROTOCOL = new Set([0x01, 0x84]);

const REFUSALS: Record<number, string> = {
  2: "it does not accept this client id",
  3: "it is not available",
  4: "user name or password is wrong",
  5: "this user is not authorised",
  133: "it does not accept this client id",
  134: "user name or password is wrong",
  135: "this user is not authorised",
  136: "it is not available",
  137: "it is busy",
  138: "this client is banned",
  140: "it wants another authentication method",
};

const SOCKET: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up right now",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "the connection was reset (a TLS port wants mqtts://, a plain one mqtt://)",
  EHOSTUNREACH: "there is no route to the host",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed (give its authority with [mqtt] ca_file)",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate authority is not trusted (give it with [mqtt] ca_file)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate authority is not trusted (give it with [mqtt] ca_file)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate authority is not trusted (give it with [mqtt] ca_file)",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
};

const reasonOf = (error: Error): number | undefined => {
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? code : undefined;
};

/** The broker was reached and said no. */
export const isRefusal = (error: Error): boolean => reasonOf(error) !== undefined;

export const isProtocolRefused = (error: Error): boolean => UNACCEPTABLE_PROTOCOL.has(reasonOf(error) ?? -1);

/**
 * Why there is no connection, in one line, and whether the broker was reached and said no. `flapping`: the client id of
 * one that is connected and disconnected again and again.
 */
export function whyDisconnected(
  error: Error | undefined,
  broker: string,
  flapping: string | undefined,
): { reason: string; refused: boolean } {
  const twin =
    flapping === undefined ? "" : ` soon after it was made: does another client use the id "${flapping}"?`;
  return {
    reason: explain(error, broker) + twin,
    refused: error !== undefined && isRefusal(error),
  };
}

function explain(error: Error | undefined, broker: string): string {
  if (!error) return `the connection to ${broker} was lost`;
  const reason = reasonOf(error);
  if (reason !== undefined)
    return `the broker at ${broker} refused the connection: ${REFUSALS[reason] ?? error.message}`;
  return `cannot reach the broker at ${broker}: ${SOCKET[errorCode(error) ?? ""] ?? error.message}`;
}

/** Not authorised, topic name invalid, payload format invalid: the same again is refused again. */
const FINAL_PUBLISH_REASONS = new Set([0x87, 0x90, 0x99]);

/** What a PUBACK with an error means for the publication. */
export const publishError = (error: Error): Error =>
  FINAL_PUBLISH_REASONS.has(reasonOf(error) ?? -1)
    ? new PublishRefused(`the broker refused the message: ${error.message}`, { cause: error })
    : error;

import { ExpectedError, type Explanation } from "../../base/errors.ts";

/** Authorities that stand in the place of the usual ones, and what one shows who one is by; PEM. */
export interface FetchTls {
  ca?: string[];
  cert?: string;
  key?: string;
}

/** What the readers of models need of a network; `redirect`, `headers`, `signal` and `tls` of the options are used. */
export type Fetch = (url: string, init?: RequestInit & { tls?: FetchTls }) => Promise<Response>;

export interface HttpWorld {
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Ends early, with the signal's reason, when this aborts. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
  /** Hosts that let someone wait in vain, and what was told of them: they are not waited for again. */
  silent?: Map<string, ReadError>;
  /** How long an answer may take to begin, and to go on, in ms; 30 s unless given. */
  patienceMs?: number;
}

export const PATIENCE_MS = 30_000;

export type ReadErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "rate-limited"
  | "unavailable"
  | "unreachable"
  | "silent"
  | "insecure"
  | "no-ranges"
  | "broken"
  | "too-large";

/** A model, or a part of one, that cannot be read; `code` is for programs. */
export class ReadError extends ExpectedError {
  readonly code: ReadErrorCode;

  constructor(code: ReadErrorCode, message: string, explanation: Explanation = {}) {
    super(message, explanation);
    this.code = code;
  }
}

/** The message and what to do, in one line. */
export const explained = ({ message, hint }: ReadError): string =>
  hint === undefined ? `${message}.` : `${message}. ${hint}`;

export const isReadError = (thrown: unknown): thrown is ReadError => thrown instanceof ReadError;

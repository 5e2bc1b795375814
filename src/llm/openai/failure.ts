import { shorten } from "../../base/clip.ts";
import { errorCode, toError } from "../../base/errors.ts";
import type { Redact } from "../../base/redact.ts";
import { ModelError, type ModelErrorKind } from "../../runtime/ports/model.ts";
import { BadAnswer, CutOff, Declined, ReportedError, Silence } from "./faults.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Whether and when to try again, and what the provider said in its own words. */
export interface Prospects {
  retryable: boolean;
  /** The provider asks to be left alone for this long. */
  retryAfterMs?: number | undefined;
  status?: number | undefined;
  /** The provider's own text, for finding out what it did not like; not fit for the wire. */
  detail?: string;
}

/** A call that failed at one provider. */
export class ProviderError extends ModelError {
  override readonly name = "ProviderError";
  constructor(
    kind: ModelErrorKind,
    message: string,
    readonly prospects: Prospects,
    cause?: unknown,
  ) {
    super(kind, message, { cause });
  }
}

/** Who was asked, for messages. */
export interface Asked {
  id: string;
  keyEnv: string | undefined;
  redact: Redact;
  now(): number;
}

/** Any failure of a call as a {@link ProviderError}: its kind, and a message fit for the wire. */
export function classify(thrown: unknown, asked: Asked): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const { id } = asked;
  if (thrown instanceof Silence) {
    const message = `${id} gave no answer within ${thrown.limitMs / 1000} s`;
    return new ProviderError("timeout", message, { retryable: true }, thrown);
  }
  if (thrown instanceof CutOff) {
    return new ProviderError("network", `the answer of ${id} was cut off`, { retryable: true }, thrown);
  }
  if (thrown instanceof Declined) {
    const message = `${id} declined to answer: ${quote(thrown.message, asked)}`;
    return new ProviderError("bad_response", message, { retryable: false }, thrown);
  }
  if (thrown instanceof BadAnswer || thrown instanceof SyntaxError) {
    const detail = thrown instanceof BadAnswer ? thrown.message : "the answer is not valid JSON";
    const prospects = { retryable: true, detail };
    return new ProviderError("bad_response", `bad answer from ${id}: ${detail}`, prospects, thrown);
  }
  return byStatus(thrown, asked);
}

/** What the SDK's errors carry; read without importing it. */
interface SdkError {
  status?: unknown;
  headers?: unknown;
  code?: unknown;
  type?: unknown;
  error?: unknown;
}

function byStatus(thrown: unknown, asked: Asked): ProviderError {
  const sdk = (thrown ?? {}) as SdkError;
  const status = statusOf(thrown, sdk);
  const error = toError(thrown);
  if (status === undefined && !tellsItsType(sdk)) {
    return isFromNetwork(error) ? networkError(error, asked) : defect(error, asked);
  }
  const headers = sdk.headers instanceof Headers ? sdk.headers : new Headers();
  const kind = kindOf(status, sdk, error.message);
  const prospects: Prospects = {
    retryable: isRetryable(status, kind, headers, sdk),
    retryAfterMs: retryAfterMs(headers, asked.now()),
    status,
    detail: error.message,
  };
  return new ProviderError(kind, describe(kind, status, error, asked), prospects, thrown);
}

/** The HTTP status, or the one that an error inside an answer names. */
function statusOf(thrown: unknown, sdk: SdkError): number | undefined {
  if (typeof sdk.status === "number") return sdk.status;
  const { code, type } = thrown instanceof ReportedError ? thrown.report : sdk;
  if (/^[45]\d\d$/.test(String(code))) return Number(code);
  return thrown instanceof ReportedError ? statusOfType(type, code) : undefined;
}

function statusOfType(...names: unknown[]): number {
  const text = names.join(" ");
  if (/rate_limit|quota/.test(text)) return 429;
  if (/authentication|permission|api_key/.test(text)) return 401;
  if (/invalid_request|not_found|context_length/.test(text)) return 400;
  return /overloaded/.test(text) ? 529 : 500;
}

/** An error event inside a stream: the SDK gives it no status, but the provider's `type` or `code`. */
const tellsItsType = (sdk: SdkError): boolean => sdk.error !== undefined && sdk.error !== null;

function kindOf(status: number | undefined, sdk: SdkError, message: string): ModelErrorKind {
  const known = status ?? statusOfType(sdk.type, sdk.code);
  if (known === 401 || known === 402 || known === 403) return "auth";
  // Gemini refuses a bad key with 400.
  if (known === 400 && /api[ _-]?key (not valid|invalid|expired)/i.test(message)) return "auth";
  if (known === 408) return "timeout";
  if (known === 429) return "rate_limit";
  if (known === 409 || known >= 500) return "overloaded";
  return "bad_request";
}

function isRetryable(
  status: number | undefined,
  kind: ModelErrorKind,
  headers: Headers,
  sdk: SdkError,
): boolean {
  const told = headers.get("x-should-retry");
  if (told === "true" || told === "false") return told === "true";
  if (sdk.code === "insufficient_quota") return false; // 429 too, but no waiting helps
  if (status === 501) return false;
  return kind === "rate_limit" || kind === "overloaded" || kind === "timeout";
}

function describe(kind: ModelErrorKind, status: number | undefined, error: Error, asked: Asked): string {
  const code = status === undefined ? "" : ` (${status})`;
  switch (kind) {
    case "auth":
      if (status === 402) return `${asked.id} wants the account to be paid first${code}`;
      return asked.keyEnv === undefined
        ? `${asked.id} wants an API key${code}`
        : `${asked.id} refused the API key in ${asked.keyEnv}${code}`;
    case "rate_limit":
      return `${asked.id} is rate limited${code}: ${quote(error.message, asked)}`;
    case "overloaded":
    case "timeout":
      return `${asked.id} is not able to answer now${code}: ${quote(error.message, asked)}`;
    default:
      if (status !== undefined && status < 400)
        return `${asked.id} answered with a redirect${code}: base_url is wrong`;
      return `${asked.id} refused the request${code}: ${quote(error.message, asked)}`;
  }
}

/** The SDK's own connection errors have a (void) status; what the runtime throws has a code. */
const isFromNetwork = (error: Error): boolean =>
  "status" in error || errorCode(error) !== undefined || errorCode(error.cause) !== undefined;

const defect = (error: Error, asked: Asked): ProviderError =>
  new ProviderError(
    "bad_response",
    `asking ${asked.id} failed in an unexpected way`,
    { retryable: false },
    error,
  );

function networkError(error: Error, asked: Asked): ProviderError {
  const code = errorCode(error) ?? errorCode(error.cause) ?? "";
  const certificate = /CERT|TLS|SSL|SIGNED|ISSUER/.test(code);
  const what = certificate
    ? `the certificate of ${asked.id} is not to be trusted`
    : `${asked.id} cannot be reached`;
  const message = code === "" ? what : `${what} (${code})`;
  return new ProviderError("network", message, { retryable: !certificate }, error);
}

/** Characters of a provider's words. */
const MAX_QUOTE = 200;

/** The provider's words without status, secrets and addresses, on one line, short enough for the wire. */
function quote(message: string, { redact }: Asked): string {
  const line = redact(message)
    .replace(/^\d{3} /, "")
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, "[url]")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return shorten(line, MAX_QUOTE);
}

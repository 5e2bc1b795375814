import { redactor } from "../../base/redact.ts";
import { isReadError } from "../http/types.ts";
import { parseImageReference } from "../registry/reference.ts";
import type { Login } from "../registry/types.ts";
import { secretValues } from "../secrets/arguments.ts";
import { holdsLogin, maskedText } from "../secrets/text.ts";
import { ending, failureOf } from "./ending.ts";
import { QaError, type QaRequest, type QaResult, type QaWorld } from "./types.ts";

/** Tells one line, without the mark. */
export type Say = (line: string) => void;

/**
 * Makes the stream of a run from work that tells as it goes and returns what came of it. Secrets that are known are masked
 * in every line. The signal that the work gets aborts when the world's does, or when nobody listens any more.
 */
export async function* qaStream(
  request: QaRequest,
  world: QaWorld,
  work: (say: Say, world: QaWorld) => Promise<string>,
): AsyncGenerator<string, QaResult> {
  const left = new AbortController();
  const signal = AbortSignal.any([world.signal, left.signal]);
  const lines: string[] = [];
  let wake = Promise.withResolvers<void>();
  const redact = (text: string): string => maskedText(redactor(secretsOf(request))(text));
  const say: Say = (text) => {
    for (const line of text.split("\n")) lines.push(`[QA] ${redact(line)}`.trimEnd());
    wake.resolve();
  };
  let ended: QaResult | undefined;
  const running = resultOf(request, signal, () => work(say, { ...world, signal })).then((result) => {
    ended = { ...result, text: redact(result.text), hint: result.hint && redact(result.hint) };
    wake.resolve();
  });
  try {
    while (ended === undefined || lines.length > 0) {
      await wake.promise;
      wake = Promise.withResolvers();
      yield* lines.splice(0);
    }
    yield* ending(ended);
    return ended;
  } finally {
    left.abort(new Error("nobody listens to the run any more"));
    await running;
  }
}

const secretsOf = ({ connection, logins, models }: QaRequest): string[] => {
  const found = models.flatMap(({ entry }) => {
    const login = loginOf(entry.image, logins);
    const basic = login?.basic === undefined ? [] : [login.basic, passwordOf(login.basic)];
    const own = secretValues(entry.args);
    return [...own, ...basic, ...(login?.identityToken === undefined ? [] : [login.identityToken])];
  });
  return [...connection.secrets(), ...found];
};

/** What is no image reference has no login; it is told where it is used. */
function loginOf(image: string, logins: QaRequest["logins"]): Login | undefined {
  if (!image.startsWith("oci://") || holdsLogin(image)) return undefined;
  try {
    const { registry, repository } = parseImageReference(image);
    return logins.find(registry, repository);
  } catch (thrown) {
    if (isReadError(thrown)) return undefined;
    throw thrown;
  }
}

const passwordOf = (basic: string): string =>
  Buffer.from(basic, "base64").toString("utf8").split(":").slice(1).join(":");

function notBegun({ text, isDenied, hint }: NonNullable<QaRequest["unhealthy"]>): QaError {
  const code = isDenied ? "PERMISSION_DENIED" : "CLUSTER_UNHEALTHY";
  return new QaError(code, `the run is not begun: ${text}`, hint === undefined ? {} : { hint });
}

async function resultOf(
  { unhealthy }: QaRequest,
  signal: AbortSignal,
  work: () => Promise<string>,
): Promise<QaResult> {
  try {
    if (unhealthy !== undefined) throw notBegun(unhealthy);
    return { code: "QA_OK", text: await work(), hint: undefined };
  } catch (thrown) {
    return failureOf(thrown, signal);
  }
}

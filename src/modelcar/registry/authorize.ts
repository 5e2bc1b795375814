import { parseJson, stringField } from "../../base/json.ts";
import { quotedAnswer, readBody } from "../http/body.ts";
import { sendPatiently } from "../http/retry.ts";
import { ReadError, type ReadErrorCode } from "../http/types.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import { referenceText } from "./reference.ts";
import type { HelperAnswer, ImageReference, Login, RegistryWorld } from "./types.ts";

const MAX_TOKEN_ANSWER = 1_048_576;

/**
 * The Authorization header that answers a 401: a token from the registry's own token service, or Basic. Undefined when
 * it asks for nothing that can be answered. @throws ReadError `unauthorized` when the token service refuses.
 */
export async function answerChallenge(
  response: Response,
  reference: ImageReference,
  world: RegistryWorld,
): Promise<string | undefined> {
  const challenge = parseChallenge(response.headers.get("www-authenticate"));
  if (challenge === undefined) return undefined;
  const { login } = await loginFor(reference, world);
  if (challenge.scheme === "basic") return login?.basic === undefined ? undefined : `Basic ${login.basic}`;
  return `Bearer ${await fetchToken(challenge, login, reference, world)}`;
}

/** The login for a repository; one that stands in a file comes before that of a helper. */
async function loginFor(
  { registry, repository }: ImageReference,
  world: RegistryWorld,
): Promise<HelperAnswer> {
  const login = world.logins.find(registry, repository);
  if (login !== undefined) return { login, problem: undefined };
  return (await world.askHelper?.(registry)) ?? { login: undefined, problem: undefined };
}

async function fetchToken(
  challenge: Challenge,
  login: Login | undefined,
  reference: ImageReference,
  world: RegistryWorld,
): Promise<string> {
  const url = URL.parse(challenge.realm ?? "");
  if (url === null || url.username !== "")
    throw new ReadError("broken", `${reference.registry} names no sound token service`);
  const scope = challenge.scope ?? `repository:${reference.repository}:pull`;
  const asked = { ...(challenge.service !== undefined && { service: challenge.service }), scope };
  const insecureHosts = world.insecureRegistries;
  const { response } =
    login?.identityToken === undefined
      ? await sendPatiently(withQuery(url, asked), { ...basic(login), insecureHosts }, world)
      : await sendPatiently(url.href, { ...refresh(login.identityToken, asked), insecureHosts }, world);
  if (!response.ok) throw await refusal(response, login, reference, world);
  const answer = parseJson(new TextDecoder().decode(await readBody(response, MAX_TOKEN_ANSWER, "the token")));
  const token = stringField(answer, "token") || stringField(answer, "access_token");
  if (!token) throw new ReadError("broken", `the token service ${url.host} gave no token`);
  return token;
}

const basic = (login: Login | undefined): { authorization?: string } =>
  login?.basic === undefined ? {} : { authorization: `Basic ${login.basic}` };

function withQuery(url: URL, query: Record<string, string>): string {
  const own = new URL(url);
  for (const [name, value] of Object.entries(query)) own.searchParams.set(name, value);
  return own.href;
}

const refresh = (token: string, asked: Record<string, string>) => ({
  method: "POST" as const,
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token,
    client_id: "agent2389",
    ...asked,
  }).toString(),
});

async function refusal(
  response: Response,
  login: Login | undefined,
  reference: ImageReference,
  world: RegistryWorld,
): Promise<ReadError> {
  if (response.status === 401 || response.status === 403)
    return unauthorized(
      reference,
      login === undefined ? await loginFor(reference, world) : { login, problem: undefined },
      world,
    );
  return failure(response, reference, world);
}

/** @returns the error for a registry that wants a login, or another one. */
function unauthorized(
  reference: ImageReference,
  { login, problem }: HelperAnswer,
  world: RegistryWorld,
): ReadError {
  const { registry } = reference;
  const where = referenceText(reference);
  if (login !== undefined)
    return new ReadError("unauthorized", `${registry} refuses the login from ${login.source}`, {
      where,
      hint: `Renew it with \`podman login ${registry}\`.`,
    });
  const helper = world.logins.helperFor(registry);
  const kept = helper === undefined ? "none was found" : `it is kept by ${helper.program} (${helper.source})`;
  const found = problem ?? (helper === undefined ? kept : `${kept}, which is not run`);
  const problems = world.logins.problems.map((problem) => ` (${problem})`).join("");
  return new ReadError("unauthorized", `${registry} asks for a login; ${found}${problems}`, {
    where,
    hint: `Log in with \`podman login ${registry}\`, or set OCI_REGISTRY_PULL_SECRET or REGISTRY_AUTH_FILE.`,
  });
}

/** What another answer than success means, in words, with what to do. `path` is what was asked for of the repository. */
export async function failure(
  response: Response,
  reference: ImageReference,
  world: RegistryWorld,
  path = "",
): Promise<ReadError> {
  const { registry, repository } = reference;
  const where = referenceText(reference);
  const quoted = await quotedAnswer(response);
  const error = (code: ReadErrorCode, text: string, hint?: string) =>
    new ReadError(code, `${text}${quoted}`, { where, ...(hint !== undefined && { hint }) });
  const { status } = response;
  if (status === 401) return unauthorized(reference, await loginFor(reference, world), world);
  if (status === 403) {
    const { login } = await loginFor(reference, world);
    return error(
      "forbidden",
      `${registry} does not let ${login === undefined ? "the public" : `the login from ${login.source}`} read ${repository}`,
      "Ask for the right to pull, or log in as someone who has it.",
    );
  }
  if (status === 404 && path.startsWith("blobs/"))
    return error(
      "not-found",
      `${registry} does not have ${path.slice("blobs/".length).slice(0, 19)}…, which the manifest names`,
      "The image is not whole there: push or mirror it again.",
    );
  if (status === 404)
    return error(
      "not-found",
      `${registry} has no ${where.slice(registry.length + 1)}`,
      "Check the name and the tag.",
    );
  if (status === 429) {
    const wait = response.headers.get("retry-after");
    return error(
      "rate-limited",
      `${registry} takes no more requests for now`,
      `${wait === null ? "Try again later" : `It asks to wait: Retry-After ${wait.slice(0, 40)}`}; a login often raises the limit.`,
    );
  }
  if (status >= 500)
    return error(
      "unavailable",
      `${registry} fails with ${status}`,
      "Try again later; the fault is on its side.",
    );
  return error("broken", `${registry} answers with ${status}`);
}

import { isDefect } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import type { ModelWorld } from "../model/types.ts";
import type { AskHelper, CredentialHelper, HelperAnswer, Logins } from "./types.ts";

/** A helper may ask for the password of a key ring. */
const TIMEOUT_SECONDS = 60;

/** What helpers say where they keep nothing for a registry (github.com/docker/docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = /credentials not found in native keychain/i;

/** Under this name docker keeps the login of docker.io. */
const nameOf = (registry: string): string =>
  registry === "docker.io" ? "https://index.docker.io/v1/" : registry;

/** Asks the credential helpers that the logins name, each once for a registry; undefined where no program may be run. */
export function helpersOf(
  logins: Logins,
  { env, cwd, signal = new AbortController().signal, runProgram }: ModelWorld,
): AskHelper | undefined {
  if (runProgram === undefined) return undefined;
  const asked = new Map<string, Promise<HelperAnswer>>();
  return (registry) => {
    const helper = logins.helperFor(registry);
    if (helper === undefined) return Promise.resolve({ login: undefined, problem: undefined });
    const before = asked.get(registry);
    if (before !== undefined) return before;
    const answer = ask(helper, registry, (call) => runProgram({ ...call, env, cwd, signal }), signal);
    asked.set(registry, answer);
    return answer;
  };
}

type Run = (call: Pick<ProgramCall, "argv" | "stdin" | "timeoutSeconds">) => Promise<ProgramResult>;

/** `docker-credential-NAME get`: the registry on standard input, `{Username, Secret}` on standard output. */
async function ask(
  { program, source }: CredentialHelper,
  registry: string,
  run: Run,
  signal: AbortSignal,
): Promise<HelperAnswer> {
  const problem = (what: string): HelperAnswer => ({
    login: undefined,
    problem: `${program}, which ${source} names, ${what}`,
  });
  const ended = await run({
    argv: [program, "get"],
    stdin: nameOf(registry),
    timeoutSeconds: TIMEOUT_SECONDS,
  }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    if (isDefect(thrown)) throw thrown;
    return undefined; // told below
  });
  if (ended === undefined) return problem("cannot be started");
  if (ended.timedOut) return problem(`took longer than ${TIMEOUT_SECONDS} s`);
  if (NOT_FOUND.test(ended.stdout + ended.stderr)) return problem(`has no login for ${registry}`);
  // What it writes is not shown: it may be a secret.
  if (ended.code !== 0) return problem(`failed with exit status ${ended.code}`);
  const answer = parseJson(ended.stdout);
  const [user, secret] = [stringField(answer, "Username"), stringField(answer, "Secret")];
  if (user === undefined || !secret) return problem("gave no user name and password");
  const from = `${program} (${source})`;
  const basic = Buffer.from(`${user}:${secret}`).toString("base64");
  const login = user === "<token>" ? { identityToken: secret, source: from } : { basic, source: from };
  return { login, problem: undefined };
}

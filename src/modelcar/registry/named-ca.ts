import { readPem } from "../../base/pem-file.ts";
import type { NamedCa } from "./certificates.ts";

/** `FILE`, or `HOST=FILE` for one registry; `where` names the option, for errors. @throws ExpectedError */
export async function readNamedCa(text: string, baseDir: string, where: string): Promise<NamedCa> {
  const [, host, file = text] = /^([\w.-]+(?::\d+)?)=(.+)$/.exec(text) ?? [];
  return { host, pem: await readPem(file, baseDir, where) };
}

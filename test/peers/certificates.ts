import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export interface Certificate {
  cert: string;
  key: string;
}

export interface TestCa {
  /** PEM of the authority's own certificate. */
  ca: string;
  caFile: string;
  /** A server certificate for these names (`DNS:example.com`, `IP:127.0.0.1`). */
  issue(...names: string[]): Promise<Certificate>;
}

/** A certificate authority that nobody trusts, made with openssl in this folder. */
export async function testCa(dir: string): Promise<TestCa> {
  const at = (name: string) => join(dir, name);
  await run("openssl", [
    "req",
    "-x509",
    ...NEW_KEY,
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  ]);
  let issued = 0;
  return {
    ca: await readFile(at("ca.pem"), "utf8"),
    caFile: at("ca.pem"),
    async issue(...names) {
      const name = at(`server-${++issued}`);
      await writeFile(`${name}.ext`, `subjectAltName=${names.join(",")}\nbasicConstraints=CA:FALSE\n`);
      await run("openssl", [
        "req",
        ...NEW_KEY,
        "-subj",
        "/CN=server",
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.csr`,
      ]);
      await run("openssl", [
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        at("ca.pem"),
        "-CAkey",
        at("ca.key"),
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        `${name}.ext`,
        "-out",
        `${name}.pem`,
      ]);
      return { cert: await readFile(`${name}.pem`, "utf8"), key: await readFile(`${name}.key`, "utf8") };
    },
  };
}

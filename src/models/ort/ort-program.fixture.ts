import { ExpectedError } from "../../base/errors.ts";
import { openOrt } from "./open-ort.ts";

/** Compiled by a test: opens ONNX Runtime, loads a model, and says what it takes. */
const [cacheDir = "", model = ""] = process.argv.slice(2);
try {
  const ort = await openOrt({ cacheDir });
  const session = await ort.session(model);
  console.log(ort.version, session.inputs[0]?.name);
} catch (thrown) {
  if (!(thrown instanceof ExpectedError)) throw thrown;
  console.log(thrown.message);
}

import { ExpectedError } from "../../base/errors.ts";

/** The model, or what goes with it, is not as it must be; `where` names the file, the node or the tensor. */
export class ModelFileError extends ExpectedError {}

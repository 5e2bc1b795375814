import type { Node } from "../../onnx/types.ts";
import { PLACEMENTS } from "./table.ts";

/** Whether it is a layer: an operator of the table that multiplies with weights, whatever these are here. */
export const isLayer = ({ opType, domain }: Node): boolean =>
  domain === "" && PLACEMENTS.get(opType)?.channelAxis !== undefined;

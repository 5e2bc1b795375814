import { expect, test } from "bun:test";
import { ortError } from "./ort-error.ts";

const told = (words: string, file?: string) => {
  const { message, where, hint } = ortError(new Error(words), "ONNX Runtime could not run the model", file);
  return { message, where, hint };
};

test("a failing node is named; places in the source of ONNX Runtime are left out", () => {
  const words =
    "Non-zero status code returned while running Conv node. Name:'ReLU32_Output_0_nchwc' Status Message: /onnxruntime_src/include/onnxruntime/core/framework/op_kernel_context.h:42 const T* onnxruntime::OpKernelContext::Input(int) const [with T = onnxruntime::Tensor] Missing Input: Input3\n";
  expect(told(words, "net.onnx")).toEqual({
    message: "ONNX Runtime could not run the model: Missing Input: Input3",
    where: 'net.onnx, node "ReLU32_Output_0_nchwc" (Conv)',
    hint: undefined,
  });
});

test("a node without a name is told by its operator", () => {
  const words =
    "Non-zero status code returned while running Mul node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:560 void onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 3 by 4\n";
  expect(told(words)).toMatchObject({
    message:
      "ONNX Runtime could not run the model: axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 3 by 4",
    where: "a node without a name (Mul)",
  });
});

test("short places in its source are left out as well", () => {
  const words =
    "External data path validation failed for initializer: w. Error: tensorprotoutils.cc:461 ValidateExternalDataPathFromDir External data path does not exist";
  expect(told(words).message).toEndWith("initializer: w. Error: External data path does not exist");
});

test("what it says about loading is kept", () => {
  expect(told("Load model from /m/net.onnx failed:Protobuf parsing failed.", "/m/net.onnx")).toMatchObject({
    message: "ONNX Runtime could not run the model: Protobuf parsing failed.",
    where: "/m/net.onnx",
  });
  expect(told("[ONNXRuntimeError] : 10 : INVALID_GRAPH : This is an invalid model.")).toMatchObject({
    message: "ONNX Runtime could not run the model: This is an invalid model.",
    where: undefined,
  });
});

test("without memory, what to do is told", () => {
  expect(told("std::bad_alloc").hint).toContain("not enough memory");
});

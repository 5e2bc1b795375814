import { expect, test } from "bun:test";
import fc from "fast-check";
import { deviceMemoryIn } from "./device-memory.ts";
import { kernelsIn } from "./layer-info.ts";

/**
 * The engine of a quantized ResNet-18 by TensorRT 8.4, as NVIDIA's engine explorer has it, shortened
 * (NVIDIA/TensorRT, tools/experimental/trt-engine-explorer/src/examples/pytorch/resnet/A100/qat, Apache-2.0).
 */
const RESNET_8 = `{"Layers": [{
  "Name": "QuantizeLinear_2",
  "LayerType": "Reformat",
  "Inputs": [
  {
    "Name": "input.1",
    "Location": "Device",
    "Dimensions": [32,3,224,224],
    "Format/Datatype": "Row major linear FP32"
  }],
  "Outputs": [
  {
    "Name": "onnx::DequantizeLinear_125",
    "Location": "Device",
    "Dimensions": [32,3,224,224],
    "Format/Datatype": "Four wide channel vectorized row major Int8 format"
  }],
  "ParameterType": "Reformat",
  "Origin": "QDQ",
  "TacticValue": "0x0000000000000000"
},{
  "Name": "conv1.weight + QuantizeLinear_7 + Conv_9",
  "LayerType": "CaskConvolution",
  "Inputs": [
  {
    "Name": "onnx::DequantizeLinear_125",
    "Location": "Device",
    "Dimensions": [32,3,224,224],
    "Format/Datatype": "Four wide channel vectorized row major Int8 format"
  }],
  "Outputs": [
  {
    "Name": "onnx::MaxPool_136",
    "Location": "Device",
    "Dimensions": [32,64,112,112],
    "Format/Datatype": "Row major linear FP32"
  }],
  "ParameterType": "Convolution",
  "Weights": {"Type": "Int8", "Count": 9408},
  "Bias": {"Type": "Float", "Count": 64},
  "TacticName": "ampere_fp32_icudnn_int8x4_128x64_relu_medium_nn_v1",
  "TacticValue": "0xb29abdd00304c881"
},{
  "Name": "MaxPool_12",
  "LayerType": "TiledPooling",
  "Inputs": [
  {
    "Name": "onnx::MaxPool_136",
    "Location": "Device",
    "Dimensions": [32,64,112,112],
    "Format/Datatype": "Row major linear FP32"
  }],
  "ParameterType": "Pooling",
  "PoolingType": "MAX"
},{
  "Name": "layer1.0.conv2.weight + Conv_34 + Add_36 + Relu_37",
  "LayerType": "CaskConvolution",
  "Inputs": [
  {
    "Name": "inputs",
    "Format/Datatype": "Thirty-two wide channel vectorized row major FP16 format"
  }],
  "ParameterType": "Convolution",
  "Weights": {"Type": "Half", "Count": 36864},
  "Bias": {"Type": "Half", "Count": 64}
}],
"Bindings": ["input.1"
,"191"
]}
`;

test("the layers of TensorRT 8, by what they compute in", () => {
  expect(kernelsIn(RESNET_8)).toEqual({
    integer: 1,
    half: 1,
    float: 0,
    conversions: 1,
    operators: { Reformat: 1, CaskConvolution: 2, TiledPooling: 1 },
  });
});

test("those of the compiler backend of TensorRT 10, with its separators in the metadata", () => {
  // Types as in NVIDIA/TensorRT issue 4397; ASCII 30 and 31 between the layers of ONNX stand in the file as they are.
  const layer = (name: string, type: string, format: string) =>
    `{"Name": "${name}", "LayerType": "${type}", "Inputs": [{"Name": "a", "Dimensions": [1,40,256], "Format/Datatype": "${format}"}], "Outputs": [], "StreamId": 0, "Metadata": "[ONNX Layer: /a]\u001e[ONNX Layer: /b]\u001f"}`;
  const text = `{"Layers": [${[
    layer("/encoder/MatMul_myl0_77", "gemm", "Int8"),
    layer("/encoder/MatMul_myl0_78", "gemm", "Half"),
    layer("/encoder/MatMul_myl0_79", "gemm", "Float"),
    layer("__myl_AddCastMeanSub_myl0_80", "kgen", "Half"),
    layer("concat_ids", "Shuffle", "Int32"),
  ].join("\n,")}]}`;
  expect(kernelsIn(text)).toMatchObject({ integer: 1, half: 1, float: 1, conversions: 0 });
});

test("a file with names alone, or of another form, tells nothing", () => {
  // As trtexec writes it without --profilingVerbosity=detailed (NVIDIA/TensorRT issue 4020).
  expect(kernelsIn('{"Layers": ["resnetv15_conv0_fwd + relu0"\n],\n"Bindings": ["data"\n]}')).toBeUndefined();
  for (const text of ["", "[]", '{"Layers": []}', '{"Layers": [{}]}'])
    expect(kernelsIn(text)).toBeUndefined();
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void kernelsIn(text)));
});

test("the memory that TensorRT takes on the device", () => {
  // Of logs that people have published: trtexec 8.5 and 10.9.
  const log8 = `[07/14/2023-11:55:11] [I] [TRT] [MemUsageChange] TensorRT-managed allocation in engine deserialization: CPU +0, GPU +186, now: CPU 0, GPU 186 (MiB)
[07/14/2023-11:55:14] [I] [TRT] [MemUsageChange] Init cuDNN: CPU +0, GPU +0, now: CPU 904, GPU 3324 (MiB)
[07/14/2023-11:55:14] [I] [TRT] [MemUsageChange] TensorRT-managed allocation in IExecutionContext creation: CPU +0, GPU +80, now: CPU 0, GPU 266 (MiB)`;
  expect(deviceMemoryIn(log8)).toBe(266 * 2 ** 20);
  const log10 = `[04/11/2025-15:15:48] [I] [TRT] Loaded engine size: 472 MiB
[04/11/2025-15:15:48] [I] [TRT] [MemUsageChange] TensorRT-managed allocation in IExecutionContext creation: CPU +0, GPU +1025, now: CPU 0, GPU 1484 (MiB)
[04/11/2025-15:15:48] [I] Created execution context with device memory size: 1024.62 MiB`;
  expect(deviceMemoryIn(log10)).toBe(1484 * 2 ** 20);
  expect(deviceMemoryIn("[I] Selected Device: Orin")).toBeUndefined();
});

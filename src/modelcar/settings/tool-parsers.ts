import { releaseTable } from "./release-table.ts";

/**
 * Tool-call parsers, below the first and the last of the releases that were read which register them
 * (vllm/entrypoints/openai/tool_parsers, vllm/tool_parsers since 0.13).
 */
export const TOOL_PARSERS = releaseTable(`
0.6.3.post1: hermes internlm llama3_json mistral
0.7.3: granite granite-20b-fc jamba pythonic
0.8.4: phi4_mini_json
0.8.5: llama4_json
0.9.0: deepseek_v3 llama4_pythonic
0.9.2 0.22.1: minimax
0.9.2: xlam
0.10.1.1: glm45 hunyuan_a13b kimi_k2 qwen3_coder step3
0.10.2: deepseek_v31 openai seed_oss
0.11.0: longcat qwen3_xml
0.11.2: ernie45 minimax_m2 olmo3
0.13.0: deepseek_v32 gigachat3
0.14.0: functiongemma glm47
0.16.0: step3p5
0.18.0: granite4
0.19.1: gemma4
0.20.0: deepseek_v4 hy_v3 mimo
0.22.1: apertus cohere_command3 cohere_command4 lfm2 poolside_v1
0.25.0: minicpm5 minimax_m3
0.28.0: dots inkling kimi_k3 ling3 muse_glimmer
0.30.0: deepseek_v41 hy_v4 k2_horizon
0.33.0: beam hf muse musespark1x plamo3 qwen3_json step5
`);

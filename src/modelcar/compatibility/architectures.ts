import { compareVersions } from "../runtime/version.ts";
import { type RuleContext, reason } from "./context.ts";
import type { Reason } from "./types.ts";

/**
 * First releases with an architecture, as the release notes tell (github.com/vllm-project/vllm/releases). Names that
 * are in `LONG_KNOWN` only were there before 0.8, or their first release is not known to us.
 */
const SINCE: Readonly<Record<string, string>> = {
  Phi3ForCausalLM: "0.4.1",
  Gemma2ForCausalLM: "0.5.1",
  DeepseekV2ForCausalLM: "0.5.1",
  GraniteForCausalLM: "0.6.0",
  DeepseekV3ForCausalLM: "0.6.6",
  Qwen2_5_VLForConditionalGeneration: "0.7.2",
  Gemma3ForCausalLM: "0.8.0",
  Gemma3ForConditionalGeneration: "0.8.0",
  Mistral3ForConditionalGeneration: "0.8.0",
  Llama4ForConditionalGeneration: "0.8.3",
  Qwen3ForCausalLM: "0.8.4",
  Qwen3MoeForCausalLM: "0.8.4",
  GraniteMoeHybridForCausalLM: "0.9.0",
  Gemma3nForConditionalGeneration: "0.10.0",
  Glm4MoeForCausalLM: "0.10.0",
  GptOssForCausalLM: "0.10.1",
  Qwen3NextForCausalLM: "0.10.2",
  Qwen3VLForConditionalGeneration: "0.11.0",
  Qwen3VLMoeForConditionalGeneration: "0.11.0",
};

/** In vLLM's registry of models (vllm/model_executor/models/registry.py). */
const LONG_KNOWN = new Set(
  `AfmoeForCausalLM ApertusForCausalLM AquilaForCausalLM ArceeForCausalLM ArcticForCausalLM BaiChuanForCausalLM
  BaichuanForCausalLM BailingMoeForCausalLM BailingMoeV2ForCausalLM BambaForCausalLM BloomForCausalLM ChatGLMModel
  ChatGLMForConditionalGeneration CohereForCausalLM Cohere2ForCausalLM DbrxForCausalLM DeciLMForCausalLM
  DeepseekForCausalLM DeepseekV32ForCausalLM Dots1ForCausalLM Ernie4_5ForCausalLM Ernie4_5_MoeForCausalLM
  ExaoneForCausalLM Exaone4ForCausalLM FalconForCausalLM FalconMambaForCausalLM FalconH1ForCausalLM
  FlexOlmoForCausalLM GemmaForCausalLM GlmForCausalLM Glm4ForCausalLM GPT2LMHeadModel GPTBigCodeForCausalLM
  GPTJForCausalLM GPTNeoXForCausalLM GraniteMoeForCausalLM GraniteMoeSharedForCausalLM GritLM Grok1ModelForCausalLM
  HunYuanMoEV1ForCausalLM HunYuanDenseV1ForCausalLM HCXVisionForCausalLM InternLMForCausalLM InternLM2ForCausalLM
  InternLM3ForCausalLM JAISLMHeadModel Jais2ForCausalLM JambaForCausalLM KimiLinearForCausalLM Lfm2ForCausalLM
  Lfm2MoeForCausalLM LlamaForCausalLM Llama4ForCausalLM LLaMAForCausalLM LongcatFlashForCausalLM MambaForCausalLM
  Mamba2ForCausalLM MiniCPMForCausalLM MiniCPM3ForCausalLM MiniMaxForCausalLM MiniMaxText01ForCausalLM
  MiniMaxM1ForCausalLM MiniMaxM2ForCausalLM MistralForCausalLM MistralLarge3ForCausalLM MixtralForCausalLM
  MptForCausalLM MPTForCausalLM MiMoForCausalLM MiMoV2FlashForCausalLM NemotronForCausalLM NemotronHForCausalLM
  OlmoForCausalLM Olmo2ForCausalLM Olmo3ForCausalLM OlmoeForCausalLM OPTForCausalLM OrionForCausalLM
  PersimmonForCausalLM PhiForCausalLM PhiMoEForCausalLM Plamo2ForCausalLM Plamo3ForCausalLM QWenLMHeadModel
  Qwen2ForCausalLM Qwen2MoeForCausalLM RWForCausalLM SeedOssForCausalLM Step3TextForCausalLM
  StableLMEpochForCausalLM StableLmForCausalLM Starcoder2ForCausalLM SolarForCausalLM TeleChat2ForCausalLM
  TeleFLMForCausalLM XverseForCausalLM Zamba2ForCausalLM BertModel RobertaModel XLMRobertaModel ModernBertModel
  NomicBertModel GteModel GteNewModel LlamaModel MistralModel Qwen2Model Gemma2Model Gemma3TextModel
  BertForSequenceClassification RobertaForSequenceClassification XLMRobertaForSequenceClassification
  ModernBertForSequenceClassification Qwen2ForRewardModel InternLM2ForRewardModel AriaForConditionalGeneration
  AyaVisionForConditionalGeneration Blip2ForConditionalGeneration ChameleonForConditionalGeneration
  Cohere2VisionForConditionalGeneration DeepseekVLV2ForCausalLM DeepseekOCRForCausalLM FuyuForCausalLM
  GLM4VForCausalLM Glm4vForConditionalGeneration Glm4vMoeForConditionalGeneration
  GraniteSpeechForConditionalGeneration H2OVLChatModel Idefics3ForConditionalGeneration InternVLChatModel
  InternVLForConditionalGeneration KimiVLForConditionalGeneration LlavaForConditionalGeneration
  LlavaNextForConditionalGeneration LlavaOnevisionForConditionalGeneration MiniCPMV MiniCPMO MllamaForConditionalGeneration
  MolmoForCausalLM NVLM_D Ovis PaliGemmaForConditionalGeneration Phi3VForCausalLM Phi4MMForCausalLM
  PixtralForConditionalGeneration QwenVLForConditionalGeneration Qwen2VLForConditionalGeneration
  Qwen2AudioForConditionalGeneration Qwen2_5OmniModel SmolVLMForConditionalGeneration UltravoxModel
  VoxtralForConditionalGeneration WhisperForConditionalGeneration Qwen3_5ForConditionalGeneration
  Qwen3_5MoeForConditionalGeneration`.split(/\s+/),
);

/** Whether the runtime's vLLM knows the model's architecture. */
export function architectureReasons({ facts, runtime }: RuleContext): Reason[] {
  const name = facts.architecture;
  if (name === undefined)
    return facts.estimatedFromName
      ? []
      : [reason("unknown", "architecture-missing", "the model's config does not name its architecture")];
  const since = SINCE[name];
  const source = "github.com/vllm-project/vllm/releases";
  if (since === undefined)
    return LONG_KNOWN.has(name)
      ? []
      : [
          reason(
            "unknown",
            "architecture-unknown",
            `${name} is not in the registry of vLLM that we know; its Transformers backend or a newer release may have it`,
            "vllm/model_executor/models/registry.py",
          ),
        ];
  if (runtime.version !== undefined && compareVersions(runtime.version, since) < 0) {
    const text = `${name} needs vLLM ${since}; the runtime is ${runtime.version}`;
    return [{ ...reason("blocks", "architecture-release", text, source), release: since }];
  }
  return runtime.version === undefined
    ? [reason("note", "architecture-release", `${name} needs vLLM ${since} or newer`, source)]
    : [];
}

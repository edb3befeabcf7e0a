import type { Configuration } from '../configuration/configure.ts'
import { BLOCK_TOKENS } from '../presets/memory.ts'
import { numberText } from './number-text.ts'
import type { Labels } from './registry.ts'

type Cache = Pick<Configuration, 'kvBlocks' | 'maxModelLen' | 'gpuMemoryUtilization' | 'enablePrefixCaching'>

/** The labels of `vllm:cache_config_info`, the same that vLLM 0.32 shows. */
export function cacheConfig(cache: Cache): Labels {
  // As in vLLM, the number of requests of the greatest length that the blocks hold, each in whole blocks.
  const concurrency = cache.kvBlocks / Math.ceil(cache.maxModelLen / BLOCK_TOKENS)
  return {
    _block_size_resolved: 'True',
    block_size: String(BLOCK_TOKENS),
    cache_dtype: 'auto',
    cache_hit_alignment_tokens: 'None',
    effective_attention_block_size: String(BLOCK_TOKENS),
    enable_mamba_shared_prefix_checkpoint: 'False',
    enable_prefix_caching: cache.enablePrefixCaching ? 'True' : 'False',
    gpu_memory_utilization: numberText(cache.gpuMemoryUtilization),
    hash_block_size: 'None',
    is_attention_free: 'False',
    kv_cache_dtype_skip_layers: '[]',
    kv_cache_layout: 'None',
    kv_cache_max_concurrency: numberText(concurrency),
    kv_cache_memory_bytes: 'None',
    kv_cache_size_tokens: String(Math.floor(concurrency * cache.maxModelLen)),
    kv_offloading_backend: 'native',
    kv_offloading_size: 'None',
    kv_sharing_fast_prefill: 'False',
    mamba_block_size: 'None',
    mamba_cache_dtype: 'auto',
    mamba_cache_mode: 'none',
    mamba_page_size_padded: 'None',
    mamba_ssm_cache_dtype: 'float32',
    num_cpu_blocks: 'None',
    num_gpu_blocks: String(cache.kvBlocks),
    num_gpu_blocks_override: 'None',
    prefix_cache_retention_interval: '0',
    prefix_caching_hash_algo: 'sha256',
    prefix_match_unit: 'None',
    replayssm_buffer_len: '16',
    skip_page_size_padded: 'None',
    sliding_window: 'None',
    swa_bounded_replay: 'True',
    use_kda_recoverssm: 'False',
    use_replayssm: 'False',
    user_specified_block_size: 'False',
  }
}

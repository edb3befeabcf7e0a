import type { Labels } from './registry.ts'

/** Tokens in a block of the KV cache, and how many blocks there are: a small model on a slice of 10 GB. */
export const BLOCK_TOKENS = 16
export const CACHE_BLOCKS = 2700

/** The labels of `vllm:cache_config_info`, the same that vLLM 0.32 shows. */
export const cacheConfig: Labels = {
  _block_size_resolved: 'True',
  block_size: String(BLOCK_TOKENS),
  cache_dtype: 'auto',
  cache_hit_alignment_tokens: 'None',
  effective_attention_block_size: String(BLOCK_TOKENS),
  enable_mamba_shared_prefix_checkpoint: 'False',
  enable_prefix_caching: 'True',
  gpu_memory_utilization: '0.92',
  hash_block_size: 'None',
  is_attention_free: 'False',
  kv_cache_dtype_skip_layers: '[]',
  kv_cache_layout: 'None',
  kv_cache_max_concurrency: '1.32',
  kv_cache_memory_bytes: 'None',
  kv_cache_size_tokens: String(BLOCK_TOKENS * CACHE_BLOCKS),
  kv_offloading_backend: 'native',
  kv_offloading_size: 'None',
  kv_sharing_fast_prefill: 'False',
  mamba_block_size: 'None',
  mamba_cache_dtype: 'auto',
  mamba_cache_mode: 'none',
  mamba_page_size_padded: 'None',
  mamba_ssm_cache_dtype: 'float32',
  num_cpu_blocks: 'None',
  num_gpu_blocks: String(CACHE_BLOCKS),
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

"""Writes the model that a package carries as GGUF in the layout that vLLM loads (bf16 safetensors).

usage: gguf-to-transformers.py FOLDER_WITH_GGUF OUTPUT_FOLDER
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.quantization_config import GgufConfig


def main(source: Path, output: Path) -> None:
    gguf = next(source.glob("*.gguf"))
    where = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    unpacked = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16, quantization_config=unpacked)
    model.to(torch.bfloat16)
    config = model.config

    output.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if config.tie_word_embeddings:
        # It is the same tensor as the embedding, and safetensors refuses two names for one tensor.
        tensors.pop("lm_head.weight", None)
    save_file(tensors, output / "model.safetensors", metadata={"format": "pt"})

    # The weights are no longer quantized; vLLM would look for a way to unpack them.
    config.__dict__.pop("quantization_config", None)
    config.architectures = ["LlamaForCausalLM"]
    for part in (config, model.generation_config, tokenizer):
        part.save_pretrained(output)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

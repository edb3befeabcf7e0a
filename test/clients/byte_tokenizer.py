"""Writes a tokenizer of single bytes into a cache of Hugging Face, so that a load tester need not download one.

    byte_tokenizer.py HF_HOME     its name is slicechat/bytes
"""

import json
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

COMMIT = "0" * 40
cache = pathlib.Path(sys.argv[1]) / "hub/models--slicechat--bytes"
folder = cache / "snapshots" / COMMIT
folder.mkdir(parents=True)
(cache / "refs").mkdir()
(cache / "refs/main").write_text(COMMIT)

letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<end>"]
tokenizer = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.save(str(folder / "tokenizer.json"))
configuration = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<end>", "eos_token": "<end>"}
(folder / "tokenizer_config.json").write_text(json.dumps(configuration))

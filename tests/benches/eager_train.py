"""The training loop a researcher would write: eager PyTorch, every position computed, no tables.

usage: eager_train.py mlp|transformer STEPS [flags]   -> {"median_step_ms": ...} on stdout
Addition, width 128, AdamW, full batch, one thread, float32; by default mod 59 and half the pairs.
"""
import argparse
import json
import os
import statistics
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch import nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("kind", choices=["mlp", "transformer"])
parser.add_argument("steps", type=int)
parser.add_argument("--modulus", type=int, default=59)
parser.add_argument("--fraction", type=float, default=0.5)
parser.add_argument("--hidden", type=int, help="hidden units: 256 of an MLP, 512 of a transformer")
parser.add_argument("--device", default="cpu")
parser.add_argument("--compile", action="store_true", help="torch.compile with CUDA graphs")
OPTIONS = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(0)
P, WIDTH = OPTIONS.modulus, 128


class Mlp(nn.Module):
    def __init__(self, hidden=256):
        super().__init__()
        self.embed = nn.Embedding(P, WIDTH)
        self.hidden = nn.Linear(2 * WIDTH, hidden)
        self.unembed = nn.Linear(hidden, P)

    def forward(self, pairs):
        return self.unembed(F.relu(self.hidden(self.embed(pairs).flatten(1))))


class Transformer(nn.Module):
    def __init__(self, hidden=512, heads=4):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(P + 1, WIDTH)
        self.position = nn.Parameter(torch.randn(3, WIDTH) / WIDTH**0.5)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)
        self.up = nn.Linear(WIDTH, hidden)
        self.down = nn.Linear(hidden, WIDTH)
        self.unembed = nn.Linear(WIDTH, P, bias=False)
        self.register_buffer("mask", torch.triu(torch.full((3, 3), float("-inf")), 1))

    def forward(self, pairs):
        equals = torch.full((len(pairs), 1), P, dtype=pairs.dtype, device=pairs.device)
        x = self.embed(torch.cat([pairs, equals], 1)) + self.position
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (WIDTH // self.heads) ** 0.5 + self.mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + self.out(mixed)
        x = x + self.down(F.relu(self.up(x)))
        return self.unembed(x)[:, -1]


def main():
    device = torch.device(OPTIONS.device)
    hidden = {} if OPTIONS.hidden is None else {"hidden": OPTIONS.hidden}
    model = (Mlp if OPTIONS.kind == "mlp" else Transformer)(**hidden).to(device)
    table = torch.cartesian_prod(torch.arange(P), torch.arange(P))
    train = table[torch.randperm(len(table))[: int(len(table) * OPTIONS.fraction)]].to(device)
    answers = train.sum(1) % P
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=3.0, betas=(0.9, 0.98))
    ask = torch.compile(model, mode="reduce-overhead") if OPTIONS.compile else model

    def step():
        optimiser.zero_grad()
        loss = F.cross_entropy(ask(train), answers)
        loss.backward()
        optimiser.step()
        return loss

    # A GPU is waited for after a block of steps, not after each.
    block = 50 if device.type == "cuda" else 1

    def run(steps):
        start = time.perf_counter()
        for _ in range(steps):
            loss = step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - start) * 1e3 / steps, loss

    for _ in range(5):
        run(1)
    begin = time.monotonic()
    times = [run(block) for _ in range(max(1, (OPTIONS.steps - 5) // block))]
    print(json.dumps({"median_step_ms": statistics.median(one for one, _ in times),
                      "steps_per_second": 1e3 / statistics.median(one for one, _ in times),
                      "loss": times[-1][1].item(), "begin_monotonic": begin,
                      "end_monotonic": time.monotonic()}))


main()

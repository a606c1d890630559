"""The training loop a researcher would write: eager PyTorch, every position computed, no tables.

usage: eager_train.py mlp|transformer STEPS   -> {"median_step_ms": ...} on stdout
Addition mod 59, half the pairs, width 128, AdamW, full batch, one thread, float32.
"""
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

torch.set_num_threads(1)
torch.manual_seed(0)
P, WIDTH = 59, 128


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
        equals = torch.full((len(pairs), 1), P, dtype=pairs.dtype)
        x = self.embed(torch.cat([pairs, equals], 1)) + self.position
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (WIDTH // self.heads) ** 0.5 + self.mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + self.out(mixed)
        x = x + self.down(F.relu(self.up(x)))
        return self.unembed(x)[:, -1]


def main():
    kind, steps = sys.argv[1], int(sys.argv[2])
    model = Mlp() if kind == "mlp" else Transformer()
    table = torch.cartesian_prod(torch.arange(P), torch.arange(P))
    train = table[torch.randperm(len(table))[: len(table) // 2]]
    answers = train.sum(1) % P
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=3.0, betas=(0.9, 0.98))
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        optimiser.zero_grad()
        loss = F.cross_entropy(model(train), answers)
        loss.backward()
        optimiser.step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"median_step_ms": statistics.median(times[5:]), "loss": loss.item()}))


main()

"""Training on two processes; a program that `test_adai_distributed.py` starts twice.

Each way of sharing the work trains the same network for `STEPS` steps and leaves its weights in a file.
"""

import os
import sys
import warnings
from functools import partial

import torch
import torch.distributed as dist
from torch import nn

from d2l_ext.optim import Adai, AdaiV2, AdaiW

STEPS = 20
HYPER = {"lr": 0.05, "weight_decay": 0.01}
MADE = {"adai": Adai, "adaiw": AdaiW, "adaiv2": partial(AdaiV2, dampening=0.5)}


class Network(nn.Module):
    """Rows that two processes cannot halve, a layer of one row, and one too large for a bucket."""

    def __init__(self):
        super().__init__()
        draw = torch.Generator().manual_seed(0)
        self.first, self.middle, self.last = nn.Linear(6, 401), nn.Linear(401, 85), nn.Linear(85, 1)
        self.scale = nn.Parameter(torch.ones(3, 1))
        for p in self.parameters():
            p.data = torch.randn(p.shape, generator=draw, dtype=torch.float64) / p.shape[-1] ** 0.5

    def forward(self, x):
        x = torch.tanh(self.first(x * self.scale.mean()))
        return self.scale.sum() * self.last(torch.tanh(self.middle(x)))


def loss_of(model, dtype, step, rows):
    """The mean over these rows of a batch of 32 that is new on every step."""
    draw = torch.Generator().manual_seed(step)
    x = torch.randn(32, 6, generator=draw, dtype=torch.float64).to(dtype)[rows]
    return ((model(x) - x.prod(1, keepdim=True)) ** 2).mean()


def train(model, optimizer, dtype, steps=range(STEPS), rows=slice(None), after=lambda: None):
    for step in steps:
        optimizer.zero_grad()
        loss_of(model, dtype, step, rows).backward()
        after()
        optimizer.step()


def whole(model):
    """All weights of a network, put together from their parts."""
    full = [p.full_tensor() if hasattr(p, "full_tensor") else p for p in model.parameters()]
    return torch.cat([p.detach().reshape(-1) for p in full])


def alone(made, dtype):
    """One process, the whole batch: what all ways must equal."""
    model = Network().to(dtype)
    train(model, MADE[made](model.parameters(), **HYPER), dtype)
    return whole(model)


def half():
    """The rows of this process."""
    return slice(dist.get_rank(), None, 2)


def ddp(made, dtype):
    model = nn.parallel.DistributedDataParallel(Network().to(dtype))
    train(model, MADE[made](model.parameters(), **HYPER), dtype, rows=half())
    return whole(model)


def fsdp(made, dtype, mesh=None, parts=("first", "middle", "last")):
    """Each part sharded by itself, then the rest of the network."""
    from torch.distributed.fsdp import fully_shard

    model = Network().to(dtype)
    for part in parts:
        fully_shard(getattr(model, part), mesh=mesh)
    fully_shard(model, mesh=mesh)
    train(model, MADE[made](model.parameters(), **HYPER), dtype, rows=half())
    return whole(model)


def hybrid(made, dtype, shape):
    """Copies of the network, each sharded over some of the processes."""
    from torch.distributed.device_mesh import init_device_mesh

    return fsdp(made, dtype, init_device_mesh("cpu", shape, mesh_dim_names=("copies", "shards")))


def mixed(made, dtype):
    """One layer sharded, the others whole on every process, their gradients averaged by hand."""
    from torch.distributed.fsdp import fully_shard

    model = Network().to(dtype)
    fully_shard(model.middle)
    plain = [p for p in model.parameters() if not hasattr(p, "full_tensor")]

    def agree():
        for p in plain:
            dist.all_reduce(p.grad)
            p.grad /= 2

    train(model, MADE[made](model.parameters(), **HYPER), dtype, rows=half(), after=agree)
    return whole(model)


def resumed(made, dtype):
    """Saved whole in the middle, and loaded by another network and optimizer with other shards."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict
    from torch.distributed.fsdp import fully_shard

    def make(parts):
        model = Network().to(dtype)
        for part in parts:
            fully_shard(getattr(model, part))
        fully_shard(model)
        return model, MADE[made](model.parameters(), **HYPER)

    options = StateDictOptions(full_state_dict=True)
    model, optimizer = make(["first", "last"])
    train(model, optimizer, dtype, range(STEPS // 2), half())
    weights, state = get_state_dict(model, optimizer, options=options)
    model, optimizer = make(["middle"])
    set_state_dict(model, optimizer, model_state_dict=weights, optim_state_dict=state, options=options)
    train(model, optimizer, dtype, range(STEPS // 2, STEPS), half())
    return whole(model)


def adopted(made, dtype):
    """In the middle the state becomes what the authors' program would have."""
    from torch.distributed.fsdp import fully_shard

    model = Network().to(dtype)
    fully_shard(model)
    optimizer = MADE[made](model.parameters(), **HYPER)
    train(model, optimizer, dtype, range(STEPS // 2), half())
    for entry in optimizer.state.values():
        entry["beta1_prod"] = 1 - entry.pop("exp_avg_one")
        del entry["sum_sq"]
    train(model, optimizer, dtype, range(STEPS // 2, STEPS), half())
    return whole(model)


WAYS = {
    "ddp": ddp,
    "fsdp": fsdp,
    "copies of shards": partial(hybrid, shape=(1, 2)),
    "copies": partial(hybrid, shape=(2, 1)),
    "mixed": mixed,
    "resumed": resumed,
    "adopted": adopted,
}
DTYPES = {"float32": torch.float32, "float64": torch.float64}
CASES = [("adai", way, dtype) for way in WAYS for dtype in DTYPES]
CASES += [("adaiw", "fsdp", "float64"), ("adaiv2", "mixed", "float64")]
if not hasattr(torch.cpu.Stream, "record_event"):  # an early PyTorch, which shards on GPUs only
    CASES = [case for case in CASES if case[1] == "ddp"]


def main(rank, folder):
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    found = {(made, way, dtype): WAYS[way](made, DTYPES[dtype]) for made, way, dtype in CASES}
    torch.save(found, os.path.join(folder, f"{rank}.pt"))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

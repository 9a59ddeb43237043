"""Many objects' passes under way at once, whose requests a network answers together: one call for those of equal shape."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import torch
from torch import Tensor

from clickcut.model.network import ClickBatch, Features, Network
from clickcut.predict.looks import Looks
from clickcut.predict.requests import Decoding, Encoding, Passes, Refining, Request
from clickcut.predict.scene import Framing

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """An answer and its share of the time that the call for it took: all calls are divided evenly over those who asked."""

    value: Any
    seconds: float


Work: TypeAlias = Generator[Request, Answered, T]
"""Work on one object: yields requests, is sent their answers, and returns a ``T`` in the end."""

Framed: TypeAlias = tuple[int, int, Framing]
"""Which network is to encode which framing of which image."""

Waiting: TypeAlias = list[tuple[Work[T], Request]]
"""Works under way, each with the request that it waits for."""


def timed(passes: Passes[T]) -> Work[tuple[T, float]]:
    """What passes come to, and the seconds that they took: their own and their shares of what the network took."""
    seconds, answer = 0.0, None
    while True:
        began = time.perf_counter()
        try:
            request = passes.send(answer)
        except StopIteration as end:
            return end.value, seconds + time.perf_counter() - began
        seconds += time.perf_counter() - began
        answered = yield request
        answer = answered.value
        seconds += answered.seconds


def together(works: Iterable[Work[T]], width: int) -> Iterator[T]:
    """What each work comes to, in the order in which they end; at most ``width`` are under way at once.

    A work is taken from ``works`` when there is room for it. Answers equal those of one work at a time but for rounding: kernels add in
    another order for another number of rows. With a ``width`` of 1 they are the same to the last bit.
    """
    source = iter(works)
    waiting: Waiting[T] = []
    while True:
        ended: list[T] = []
        with torch.inference_mode():  # left before anything is yielded, which would leave it on for the caller
            for work in islice(source, width - len(waiting)):
                _advance(work, None, waiting, ended)
            waiting = _round(waiting, ended)
        if not waiting and not ended:
            return
        yield from ended


def answered(requests: Sequence[Request]) -> list[Answered]:
    """The answers in the order of the requests; features that are made on the way go into the caches of those who ask."""
    encodings = [(place, request) for place, request in enumerate(requests) if isinstance(request, Encoding)]
    decodings = [(place, request) for place, request in enumerate(requests) if isinstance(request, Decoding)]
    answers = {
        **_placed(encodings, _encoded),
        **_placed(decodings, _decoded),
        # Each is an optimisation of its own, one after the other.
        **{place: Answered(*_clocked(None, request.answer)) for place, request in enumerate(requests) if isinstance(request, Refining)},
    }
    return [answers[place] for place in range(len(requests))]


def _placed(requests: Sequence[tuple[int, R]], answer: Callable[[Sequence[R]], list[Answered]]) -> dict[int, Answered]:
    return dict(zip((place for place, _ in requests), answer([request for _, request in requests]), strict=True))


def _round(waiting: Waiting[T], ended: list[T]) -> Waiting[T]:
    """Answers some of those who wait: decodes only when nobody waits for anything else, so that as many as can be are one call."""
    now = [(work, request) for work, request in waiting if not isinstance(request, Decoding)] or waiting
    still: Waiting[T] = [] if now is waiting else [(work, request) for work, request in waiting if isinstance(request, Decoding)]
    for (work, _), answer in zip(now, answered([request for _, request in now]), strict=True):
        _advance(work, answer, still, ended)
    return still


def _advance(work: Work[T], answer: Answered | None, waiting: Waiting[T], ended: list[T]) -> None:
    try:
        waiting.append((work, next(work) if answer is None else work.send(answer)))
    except StopIteration as end:
        ended.append(end.value)


def _encoded(requests: Sequence[Encoding]) -> list[Answered]:
    """Each framing that no cache holds is encoded once, with all those of its shape."""
    asked: dict[Framed, list[Encoding]] = defaultdict(list)
    for request in requests:
        if not request.scene.holds(request.network, request.framing):
            asked[_framed(request)].append(request)
    groups: dict[Hashable, list[Framed]] = defaultdict(list)
    for framed in asked:
        groups[framed[0], _shape_of(Looks.of(framed[2]))].append(framed)
    made: dict[Framed, Answered] = {}
    for group in groups.values():
        features, seconds = _clocked(asked[group[0]][0].network, partial(_encode, [asked[framed][0] for framed in group]))
        for framed, part in zip(group, features, strict=True):
            made[framed] = Answered(part, seconds / len(group) / len(asked[framed]))
    return [_kept(request, made.get(_framed(request))) for request in requests]


def _encode(group: Sequence[Encoding]) -> list[Features]:
    """One call for framings of equal shape."""
    pixels = [request.pixels() for request in group]
    features = group[0].network.encode(torch.cat(pixels))
    if len(group) == 1:
        return [features]
    # In memory of their own: a part would keep the whole batch alive when the others are dropped.
    parts = zip(*(torch.split(tensor, [len(one) for one in pixels]) for tensor in features), strict=True)
    return [tuple(tensor.clone() for tensor in part) for part in parts]


def _kept(request: Encoding, made: Answered | None) -> Answered:
    """The first one to ask for what was made puts it into the cache, and has the encode counted; all share in its time."""
    if made is None:
        return Answered(*_clocked(request.network, request.answer))  # found, or made again where a small cache had to drop it
    return Answered(request.scene.features(request.network, request.framing, lambda: made.value), made.seconds)


def _decoded(requests: Sequence[Decoding]) -> list[Answered]:
    groups: dict[Hashable, list[tuple[int, Decoding]]] = defaultdict(list)
    for place, request in enumerate(requests):
        shapes = tuple(tensor.shape[1:] for tensor in request.features)
        groups[id(request.network), _shape_of(request.looks), request.prev_B1HW is None, shapes].append((place, request))
    answers: dict[int, Answered] = {}
    for placed in groups.values():
        group = [request for _, request in placed]
        logits, seconds = _clocked(group[0].network, partial(_decode, group))
        parts = torch.split(logits, [len(request.looks.fits) for request in group])
        answers.update((place, Answered(part, seconds / len(group))) for (place, _), part in zip(placed, parts, strict=True))
    return [answers[place] for place in range(len(requests))]


def _decode(group: Sequence[Decoding]) -> Tensor:
    """One call for requests of equal shape."""
    if len(group) == 1:
        return group[0].answer()
    network = group[0].network
    prevs = [request.prev_B1HW for request in group if request.prev_B1HW is not None]
    clicks = [clicks for request in group for clicks in request.looks.clicks(request.clicks)]
    features = _joined([request.features for request in group])
    return network.decode(features, torch.cat(prevs) if prevs else None, ClickBatch.of(clicks, network.device))


def _joined(several: Sequence[Features]) -> Features:
    """Features row upon row; those of one crop that all ask about are not copied."""
    first = several[0]
    if all(features is first for features in several) and all(len(tensor) == 1 for tensor in first):
        return tuple(tensor.expand(len(several), *tensor.shape[1:]) for tensor in first)
    return tuple(torch.cat(tensors) for tensors in zip(*several, strict=True))


def _framed(request: Encoding) -> Framed:
    return id(request.network), id(request.scene.image), request.framing


def _shape_of(looks: Looks) -> tuple[int, tuple[int, int]]:
    """The number of looks, and the size of the network's input: two of equal shape fit into one batch."""
    return len(looks.fits), looks.fits[0].frame_hw


def _clocked(network: Network | None, call: Callable[[], T]) -> tuple[T, float]:
    """What a call gives and the seconds that it takes, a GPU's own work with it."""
    began = time.perf_counter()
    result = call()
    if network is not None and network.device.type == "cuda":
        torch.cuda.synchronize(network.device)
    return result, time.perf_counter() - began

"""The one network that all sessions share: what it says of a trail, remembered, computed once, one thread at a time.

The network lock is taken after a session's lock, never before one; while it is held, no other lock is asked for but this file's own
innermost one, which guards what is remembered. A computation that nobody needs any more ends before the network's next call.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Framing, Scene
from clickcut.predict.state import State
from clickcut.web.cutting.interruptible import Superseded, interruptible
from clickcut.web.record.cuts import Cut, cut_of, mask_in, outside, union
from clickcut.web.record.moments import Trail
from clickcut.web.record.settings import Settings

STATES_BYTES = 320 * 2**20
SCENES = 4
SCENE_BYTES = 96 * 2**20

Stale = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The image that a trail is on: a key that changes with its content, its size, and how its pixels are had."""

    key: str
    hw: tuple[int, int]
    pixels: Callable[[], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Effort:
    """What an answer took: milliseconds waited for the network, milliseconds within it, its passes and encodes."""

    waited_ms: float = 0.0
    model_ms: float = 0.0
    passes: int = 0
    encodes: int = 0


class Answers:
    """Masks and probabilities of trails. ``name`` is the network's, so that masks are not continued by another one."""

    def __init__(self, predictor: Predictor, name: str, *, states_bytes: int = STATES_BYTES, scenes: int = SCENES) -> None:
        self.network = interruptible(predictor.network)
        self.predictor = replace(predictor, network=self.network)
        self.name = name
        self.defaults = Settings.of(predictor)
        self._states_bytes = states_bytes
        self._num_scenes = scenes
        self._network_lock = threading.Lock()
        self._waiting = 0
        self._memory_lock = threading.Lock()
        self._states: OrderedDict[bytes, State] = OrderedDict()
        self._sizes_tried: set[int] = set()
        self._scenes: OrderedDict[tuple[str, Box | None], Scene] = OrderedDict()

    def check(self, settings: Settings) -> None:
        """ValueError where the network cannot do what is asked for; an input of another size is tried out."""
        predictor = settings.predictor(self.predictor)
        if settings.size is None or settings.size in self._sizes_tried:
            return
        scene = Scene(np.full((settings.size, settings.size, 3), 127, np.uint8))
        with self._network(lambda: False):
            try:
                predictor.prepare(scene, State())
            except RuntimeError as error:
                raise ValueError(f"the network takes no input of {settings.size} pixels: {str(error).partition(chr(10))[0]}") from error
        self._sizes_tried.add(settings.size)

    def cut(self, subject: Subject, trail: Trail, start: Cut | None, stale: Stale) -> tuple[Cut | None, Effort]:
        """The mask of a trail, before brush strokes, of which ``start`` is the starting mask; Superseded once ``stale()`` is true."""
        if not trail.is_computed:
            return start, Effort()
        state, effort = self._state(subject, trail, start, stale)
        window = window_of(trail, subject.hw)
        covered = state.covered()
        assert covered is not None, "a trail with clicks has probabilities"
        assert state.probs is not None
        mask = state.probs > trail.settings.threshold
        found = cut_of(mask, top=window.top + covered.top, left=window.left + covered.left)
        return (union((found, outside(start, window))) if trail.window is not None else found), effort

    def probs(self, subject: Subject, trail: Trail, start: Cut | None, stale: Stale) -> tuple[Box, NDArray[np.float32]] | None:
        """The probabilities of a trail and the box of the image that they cover; None before the first click."""
        if not trail.is_computed:
            return None
        state, _ = self._state(subject, trail, start, stale)
        covered, window = state.covered(), window_of(trail, subject.hw)
        assert covered is not None
        assert state.probs is not None
        return covered.shifted(window.top, window.left), state.probs

    def crop(self, subject: Subject, trail: Trail) -> Box | None:
        """What the network looked at last, if that is remembered."""
        state = self._remembered(keys_of(subject, trail)[-1]) if trail.is_computed else None
        if state is None:
            return None
        window = window_of(trail, subject.hw)
        return (state.box or Box.whole(window.hw)).shifted(window.top, window.left)

    def seen_pixels(self, subject: Subject, trail: Trail, crop: Box) -> NDArray[np.uint8]:
        """A crop (H, W, 3) as the network gets it: fitted to its input, without the padding."""
        fitting = trail.settings.predictor(self.predictor).fitting or self.network.fitting
        fit = fitting.fit(crop.hw)
        height, width = fit.content_hw
        pixels_HW3 = fit.pixels(np.array(subject.pixels()[crop.slices]))[0].permute(1, 2, 0)[:height, :width]
        return np.asarray((pixels_HW3 * 255).round().clamp(0, 255).byte().numpy(), np.uint8)

    def is_ready(self, subject: Subject, trail: Trail) -> bool:
        """Whether the next click finds its crop encoded; False while that cannot be told."""
        scene = self._scenes.get((subject.key, trail.window))
        state = self._remembered(keys_of(subject, trail)[-1]) if trail.is_computed else State()
        return scene is not None and state is not None and scene.holds(self.network, self._framing(scene, trail, state))

    def prepare(self, subject: Subject, trail: Trail, start: Cut | None, stale: Stale) -> None:
        """Encodes ahead what the next click will need, in the background; Superseded when stale, or when somebody waits for the network."""
        if self.is_ready(subject, trail):
            return
        known = self._remembered(keys_of(subject, trail)[-1])
        self._decode(subject, trail)
        with self._network(stale, in_background=True):
            scene = self._scene(subject, trail.window)
            # A trail restored from the disk is computed when it is shown; until then its crop cannot be told.
            state = known if trail.is_computed else self._begun(subject, trail, start)
            if state is not None:
                trail.settings.predictor(self.predictor).prepare(scene, state)

    def forget(self, key: str) -> None:
        """Drops what is in memory of an image."""
        with self._network_lock:
            for scene in [scene for scene in self._scenes if scene[0] == key]:
                del self._scenes[scene]

    def _framing(self, scene: Scene, trail: Trail, state: State) -> Framing:
        return trail.settings.predictor(self.predictor).next_framing(scene, state)

    def _state(self, subject: Subject, trail: Trail, start: Cut | None, stale: Stale) -> tuple[State, Effort]:
        """The state after all of a trail's clicks: from the last one that is remembered on, click by click."""
        keys = keys_of(subject, trail)
        state = self._remembered(keys[-1])
        if state is not None:
            return state, Effort()
        began = time.perf_counter()
        self._decode(subject, trail)
        with self._network(stale):
            entered, model_s = time.perf_counter(), self.network.seconds
            scene = self._scene(subject, trail.window)
            passes, encodes = scene.num_passes, scene.num_encodes
            predictor = trail.settings.predictor(self.predictor)
            done, state = self._longest_known(keys)
            if state is None:
                done, state = 0, self._begun(subject, trail, start)
            window = window_of(trail, subject.hw)
            for click, key in zip(trail.clicks[done:], keys[done + 1 :], strict=True):
                state = predictor.step(scene, state, Click(click.y - window.top, click.x - window.left, click.positive))
                self._remember(key, state)
            effort = Effort(
                waited_ms=1000 * (entered - began),
                model_ms=1000 * (self.network.seconds - model_s),
                passes=scene.num_passes - passes,
                encodes=scene.num_encodes - encodes,
            )
        return state, effort

    def _begun(self, subject: Subject, trail: Trail, start: Cut | None) -> State:
        """The state before the first click."""
        if start is None:
            return State()
        mask = mask_in(start, window_of(trail, subject.hw))
        return trail.settings.predictor(self.predictor).start_from(mask) if mask.any() else State()

    def _longest_known(self, keys: list[bytes]) -> tuple[int, State | None]:
        for done in range(len(keys) - 1, 0, -1):
            state = self._remembered(keys[done])
            if state is not None:
                return done, state
        return 0, None

    def _decode(self, subject: Subject, trail: Trail) -> None:
        """Has an image's file decoded, unless that was done: before the network is locked, as others may use it meanwhile."""
        if (subject.key, trail.window) not in self._scenes:
            subject.pixels()

    def _scene(self, subject: Subject, window: Box | None) -> Scene:
        """Called with the network lock, which scenes want."""
        key = (subject.key, window)
        if key not in self._scenes:
            pixels = subject.pixels()
            self._scenes[key] = Scene(pixels if window is None else pixels[window.slices], cache_bytes=SCENE_BYTES)
        self._scenes.move_to_end(key)
        while len(self._scenes) > self._num_scenes:
            self._scenes.popitem(last=False)
        return self._scenes[key]

    @contextmanager
    def _network(self, stale: Stale, *, in_background: bool = False) -> Iterator[None]:
        if in_background and self._waiting:
            raise Superseded
        self._count_waiting(not in_background)
        try:
            self._network_lock.acquire()
        finally:
            self._count_waiting(-(not in_background))
        try:
            # What is done in the background gives way to whoever waits, even in the middle of an encode.
            with self.network.unless((lambda: stale() or self._waiting > 0) if in_background else stale):
                yield
        finally:
            self._network_lock.release()

    def _count_waiting(self, more: int) -> None:
        with self._memory_lock:
            self._waiting += more

    def _remembered(self, key: bytes) -> State | None:
        with self._memory_lock:
            if key in self._states:
                self._states.move_to_end(key)
            return self._states.get(key)

    def _remember(self, key: bytes, state: State) -> None:
        with self._memory_lock:
            self._states[key] = state
            while len(self._states) > 1 and sum(_num_bytes(known) for known in self._states.values()) > self._states_bytes:
                self._states.popitem(last=False)


def window_of(trail: Trail, hw: tuple[int, int]) -> Box:
    """The box of the image that the network takes for all there is."""
    return trail.window or Box.whole(hw)


def keys_of(subject: Subject, trail: Trail) -> list[bytes]:
    """A fingerprint of all that the state after 0, 1, ... clicks depends on."""
    start = None if trail.start is None else trail.start.digest
    box = window_of(trail, subject.hw)
    about = [subject.key, trail.settings.before_threshold, start, [box.top, box.left, box.bottom, box.right]]
    digest = hashlib.blake2b(json.dumps(about).encode(), digest_size=16)
    keys = [digest.digest()]
    for click in trail.clicks:
        digest.update(repr((click.y, click.x, click.positive)).encode())
        keys.append(digest.digest())
    return keys


def _num_bytes(state: State) -> int:
    return 0 if state.probs is None else state.probs.nbytes

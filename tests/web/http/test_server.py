"""The routes as the page uses them: revisions, deltas, objects, classes, settings, pictures. Masks are compared with sessions here."""

from __future__ import annotations

import json
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clickcut.client import Client, ServerError
from clickcut.core.boxes import Box
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from clickcut.web.cutting import edits
from clickcut.web.wire import box_json, box_of, packed, unpacked
from tests.predict.fakes import SQUASH, FormulaNetwork, picture
from tests.web.live import LARGE, SMALL, Live, asked, disk, formula_predictor, live

pytestmark = pytest.mark.slow

HW = (300, 420)


class Tab:
    """What a page does: it knows a revision and a mask, and paints changes over it by the rule of the interface."""

    def __init__(self, server: Live, image: str = "a.png", *, take: bool = False) -> None:
        self.client: Client = server.client
        told = self.client.request("POST", "/api/sessions", {"image": image, "take": take, "masks": True})
        self.path = f"/api/sessions/{told['session']}"
        self.revision: int = told["revision"]
        self.told: dict[str, Any] = told
        self.objects: list[dict[str, Any]] = told["objects"]
        self.shown = whole(told["mask"])
        self.masks = {one["id"]: whole(one["mask"]) for one in told["objects"]}

    def send(self, method: str, what: str, value: dict[str, Any] | None = None) -> dict[str, Any]:
        told: dict[str, Any] = self.client.request(
            method, f"{self.path}/{what}", {**(value or {}), "revision": self.revision, "base": self.revision}
        )
        self.take_over(told)
        return told

    def take_over(self, told: dict[str, Any]) -> None:
        mask = told["mask"]
        if mask["whole"]:
            self.shown = whole(mask)
        else:
            assert mask["base"] == self.revision
            if mask["box"] is not None:
                box = box_of(mask["box"])
                self.shown[box.slices] = unpacked(mask["bits"], box.hw)
        self.revision, self.told = told["revision"], told
        if told["objects"] is not None:
            self.objects = told["objects"]
        self.masks |= {one["id"]: whole(one["mask"]) for one in told["masks"]}

    def click(self, xy: tuple[float, float], *, positive: bool = True) -> dict[str, Any]:
        return self.send("POST", "clicks", {"clicks": [{"x": xy[0], "y": xy[1], "positive": positive}]})

    def get(self, what: str = "") -> Any:
        return self.client.request("GET", self.path + what)

    @property
    def ids(self) -> list[int]:
        return [one["id"] for one in self.objects]


def whole(mask: dict[str, Any]) -> NDArray[np.bool_]:
    assert mask["whole"]
    shown = np.zeros(HW, np.bool_)
    if mask["box"] is not None:
        box = box_of(mask["box"])
        shown[box.slices] = unpacked(mask["bits"], box.hw)
    return shown


def refusal(call: Any) -> str:
    with pytest.raises(ServerError) as caught:
        call()
    return caught.value.code


def test_painted_changes_are_the_masks_of_a_session(server: Live) -> None:
    local, tab = Session(formula_predictor(), picture()), Tab(server)

    for xy, positive in ((LARGE, True), (SMALL, False), ((225, 136), True)):
        local.click(x=xy[0], y=xy[1], positive=positive)
        told = tab.click(xy, positive=positive)
        assert (tab.shown == local.mask).all()
        assert told["draft"]["area"] == local.mask.sum()
    for _ in range(2):
        local.undo()
        tab.send("POST", "undo")
        assert (tab.shown == local.mask).all()


def test_a_query_that_a_route_does_not_know_is_refused_by_name(server: Live) -> None:
    tab = Tab(server)

    with pytest.raises(ServerError, match="query: expected masks, got 'mask'"):
        server.client.request("GET", f"{tab.path}?mask=true")


def test_a_stale_revision_is_refused_and_changes_nothing(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.revision = 0

    answer = asked(
        server.address,
        "POST",
        f"{tab.path}/clicks",
        body=json.dumps({"clicks": [{"x": 1, "y": 1}], "revision": 0}).encode(),
        headers={"content-type": "application/json"},
    )

    assert (answer.status, answer.json["error"]["code"], answer.json["error"]["revision"]) == (409, "stale_revision", 1)
    assert tab.get()["revision"] == 1
    assert refusal(lambda: tab.get("/mask?revision=0")) == "stale_revision"


def test_a_click_that_overtakes_the_one_before_waits_for_its_turn(server: Live) -> None:
    tab, told = Tab(server), {}

    def early() -> None:
        told["second"] = tab.client.request(
            "POST", f"{tab.path}/clicks", {"clicks": [{"x": SMALL[0], "y": SMALL[1]}], "revision": 1, "base": 0}
        )

    thread = threading.Thread(target=early)
    thread.start()
    first = tab.client.request("POST", f"{tab.path}/clicks", {"clicks": [{"x": LARGE[0], "y": LARGE[1]}], "revision": 0, "base": 0})
    thread.join()

    assert (first["revision"], told["second"]["revision"]) == (1, 2)
    assert [(click["x"], click["y"]) for click in told["second"]["draft"]["clicks"]] == [LARGE, SMALL]
    tab.take_over(told["second"])
    assert (tab.shown == whole(tab.get("/mask")["mask"])).all()


def test_clicks_sent_together_are_one_step_of_undo(server: Live) -> None:
    tab = Tab(server)

    told = tab.send("POST", "clicks", {"clicks": [{"x": x, "y": 125, "positive": True} for x in (150, 160, 170)]})

    assert (told["revision"], len(told["draft"]["clicks"])) == (1, 3)
    assert tab.send("POST", "undo")["draft"]["clicks"] == []


def test_a_click_can_be_taken_out_of_the_middle(server: Live) -> None:
    tab, other = Tab(server), Tab(server, "b.png")
    for xy in (LARGE, SMALL, (225, 136)):
        tab.click(xy)
    told = tab.client.request("DELETE", f"{tab.path}/clicks/1?revision=3&base=3")
    tab.take_over(told)
    for xy in (LARGE, (225, 136)):
        other.click(xy)

    assert (tab.shown == other.shown).all()
    assert refusal(lambda: tab.client.request("DELETE", f"{tab.path}/clicks/5")) == "not_found"


def test_objects_are_named_ordered_hidden_deleted_and_come_back(server: Live) -> None:
    tab = Tab(server)
    for xy in (LARGE, SMALL):
        tab.click(xy)
        tab.send("POST", "finish", {"name": f"at {xy[0]}"})
    first, second = tab.ids

    tab.send("PATCH", f"objects/{second}", {"position": 0, "name": "moved", "hidden": True})
    assert (tab.ids, tab.objects[0]["name"], tab.objects[0]["hidden"]) == ([second, first], "moved", True)

    masks = dict(tab.masks)
    tab.take_over(tab.client.request("DELETE", f"{tab.path}/objects/{first}?revision={tab.revision}&base={tab.revision}"))
    assert tab.ids == [second]
    del tab.masks[first]
    tab.send("POST", "undo")
    assert tab.ids == [second, first]
    assert (tab.masks[first] == masks[first]).all()
    assert refusal(lambda: tab.send("PATCH", "objects/99", {"name": "x"})) == "no_such_object"


def test_objects_do_not_overlap_if_so_wished(server: Live) -> None:
    tab = Tab(server)
    tab.send("PUT", "mask", {"mask": given(disk(HW, (150, 150), 40))})
    tab.send("POST", "finish")
    tab.send("PUT", "mask", {"mask": given(disk(HW, (150, 190), 40))})

    assert (tab.shown == disk(HW, (150, 190), 40) & ~disk(HW, (150, 150), 40)).all()
    tab.send("PUT", "settings", {"settings": tab.told["settings"], "no_overlap": False, "remember": False})
    assert (tab.shown == disk(HW, (150, 190), 40)).all()
    tab.send("POST", "finish")
    assert (tab.masks[tab.ids[1]] == disk(HW, (150, 190), 40)).all()


def test_merged_objects_are_one_in_the_place_of_the_first(server: Live) -> None:
    tab = Tab(server)
    for centre in ((50, 50), (50, 200), (200, 200)):
        tab.send("PUT", "mask", {"mask": given(disk(HW, centre, 20))})
        tab.send("POST", "finish", {"name": f"{centre}"})
    a, b, c = tab.ids

    tab.send("POST", "objects/merge", {"ids": [c, a]})

    assert tab.ids == [b, c]
    assert (tab.masks[c] == disk(HW, (50, 50), 20) | disk(HW, (200, 200), 20)).all()
    assert tab.objects[1]["name"] == "(200, 200)"
    assert refusal(lambda: tab.send("POST", "objects/merge", {"ids": [b, b]})) == "invalid"


def test_a_reopened_object_goes_on_from_its_clicks_and_keeps_its_place(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.send("POST", "finish")
    tab.click(SMALL)

    told = tab.send("POST", f"objects/{tab.ids[0]}/reopen")

    assert [one["open"] for one in tab.objects] == [True, False]  # what was in progress was finished first
    assert [(click["x"], click["y"]) for click in told["draft"]["clicks"]] == [LARGE]
    tab.click((225, 136))
    shown = tab.shown.copy()
    tab.send("POST", "finish")
    assert [one["num_clicks"] for one in tab.objects] == [2, 1]
    assert (tab.masks[tab.ids[0]] == shown).all()


def test_cancelling_leaves_a_reopened_object_as_it_was(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.send("POST", "finish")
    before = tab.masks[tab.ids[0]]
    tab.send("POST", f"objects/{tab.ids[0]}/reopen")
    tab.click((5, 5), positive=False)

    tab.send("POST", "cancel")

    assert not tab.shown.any()
    assert (whole(tab.get(f"/objects/{tab.ids[0]}/mask")["mask"]) == before).all()
    assert refusal(lambda: tab.send("POST", "cancel")) == "nothing_to_cancel"


def test_parts_of_an_object_are_kept_while_others_are_clicked(server: Live) -> None:
    tab = Tab(server)
    tab.send("PUT", "mask", {"mask": given(disk(HW, (60, 60), 20))})
    tab.send("POST", "part")
    assert (tab.shown == disk(HW, (60, 60), 20)).all()

    tab.send("PUT", "mask", {"mask": given(disk(HW, (200, 300), 20))})
    both = disk(HW, (60, 60), 20) | disk(HW, (200, 300), 20)
    assert (tab.shown == both).all()
    tab.send("POST", "finish")

    assert (tab.masks[tab.ids[0]] == both).all()
    assert refusal(lambda: tab.send("POST", "part")) == "nothing_to_finish"


def test_brush_strokes_lie_on_top_of_clicks_and_stay_there(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.send("POST", "strokes", {"strokes": [{"points": [[20, 20], [60, 20]], "radius": 5}]})
    tab.send("POST", "strokes", {"strokes": [{"points": [list(LARGE)], "radius": 4, "erase": True}]})
    tab.click((225, 136))

    assert tab.shown[20, 40]
    assert not tab.shown[LARGE[1], LARGE[0]]


def test_a_brush_before_any_click_paints_the_starting_mask(server: Live) -> None:
    tab = Tab(server)
    tab.send("POST", "strokes", {"strokes": [{"points": [list(LARGE)], "radius": 30}]})
    painted = tab.shown.copy()
    local = Session(formula_predictor(), picture())
    local.start_from(painted)

    told = tab.click(SMALL, positive=False)

    local.click(x=SMALL[0], y=SMALL[1], positive=False)
    assert (tab.shown == local.mask).all()
    assert (told["draft"]["has_start"], told["draft"]["num_strokes"]) == (True, 0)


def test_a_mask_file_starts_the_object(server: Live) -> None:
    tab, content, mask = Tab(server), BytesIO(), disk(HW, (100, 100), 30)
    Image.fromarray(mask.astype(np.uint8) * 7).save(content, "PNG")

    tab.take_over(tab.client.request("POST", f"{tab.path}/mask-file?revision=0&base=0", body=content.getvalue()))

    assert (tab.shown == mask).all()
    small = BytesIO()
    Image.fromarray(mask[:50]).save(small, "PNG")
    assert refusal(lambda: tab.client.request("POST", f"{tab.path}/mask-file", body=small.getvalue())) == "unreadable_image"
    assert refusal(lambda: tab.client.request("POST", f"{tab.path}/mask-file", body=b"nonsense")) == "unreadable_image"


def test_other_settings_redo_the_object_from_its_clicks(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.click((225, 136))
    wanted = tab.told["settings"] | {"cascade_steps": 2, "cascade_clicks": 9, "flip": True, "zoom_expansion": 2.0, "threshold": 0.6}

    told = tab.send("PUT", "settings", {"settings": wanted, "no_overlap": True, "remember": True})

    server.served.store.answers.check(server.served.store.settings.settings)
    local = Session(server.served.store.settings.settings.predictor(formula_predictor()), picture())
    local.click(x=LARGE[0], y=LARGE[1])
    local.click(x=225, y=136)
    assert (tab.shown == local.mask).all()
    assert told["settings"] == wanted
    assert tab.client.request("GET", "/api/workspace")["settings"] == wanted
    assert Tab(server, "b.png").told["settings"] == wanted
    assert refusal(lambda: tab.send("PUT", "settings", {"settings": wanted | {"threshold": 1.5}})) == "invalid"


def test_a_threshold_cuts_the_probabilities_that_are_there(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)

    told = tab.send("PUT", "settings", {"settings": tab.told["settings"] | {"threshold": 0.9}})

    assert told["timing"]["passes"] == 0


def test_probabilities_and_the_crop_are_pictures_with_their_place(server: Live) -> None:
    tab = Tab(server)
    assert asked(server.address, "GET", f"{tab.path}/probabilities").status == 204
    assert asked(server.address, "GET", f"{tab.path}/crop").status == 204
    tab.click(LARGE)

    probs, crop = asked(server.address, "GET", f"{tab.path}/probabilities"), asked(server.address, "GET", f"{tab.path}/crop")

    assert probs.headers["clickcut-box"] == "0,0,420,300"
    shown = np.asarray(Image.open(BytesIO(probs.body))) / 255
    assert ((shown > 0.5) == tab.shown).mean() > 0.99
    assert Image.open(BytesIO(crop.body)).size == (448, 448)


def test_a_preview_shows_what_a_click_gives_and_changes_nothing(server: Live) -> None:
    tab = Tab(server)
    tab.get("/ready?wait=10")

    seen = whole(tab.client.request("POST", f"{tab.path}/preview", {"x": LARGE[0], "y": LARGE[1], "positive": True, "revision": 0})["mask"])
    assert tab.get()["revision"] == 0
    tab.click(LARGE)

    assert (seen == tab.shown).all()


def test_two_tabs_on_two_images_do_not_mix(server: Live) -> None:
    one, other = Tab(server, "a.png"), Tab(server, "b.png")
    one.click(LARGE)
    other.click(SMALL)
    one.click(SMALL, positive=False)

    assert [len(tab.get()["draft"]["clicks"]) for tab in (one, other)] == [2, 1]


def test_a_reload_shows_all_that_was_there(server: Live) -> None:
    tab = Tab(server)
    tab.click(LARGE)
    tab.send("POST", "finish", {"name": "large"})
    tab.click(SMALL)

    again = Tab(server, take=True)

    assert (again.shown == tab.shown).all()
    assert (again.masks[1] == tab.masks[1]).all()
    assert again.objects[0]["name"] == "large"
    again.send("POST", "undo")
    again.send("POST", "undo")
    assert (len(again.told["draft"]["clicks"]), again.ids) == (1, [])


@pytest.mark.slow
def test_another_server_on_the_folder_restores_all_of_it(folder: Path) -> None:
    with live(folder) as server:
        tab = Tab(server)
        tab.click(LARGE)
        tab.send("POST", "finish")
        tab.click(SMALL)
        tab.click((5, 5), positive=False)
        server.client.request("POST", "/api/classes", {"name": "cat"})
    with live(folder) as server:
        again = Tab(server)

        assert (again.revision, again.ids) == (4, [1])
        assert (again.shown == tab.shown).all()
        assert [one["name"] for one in server.client.request("GET", "/api/classes")["classes"]] == ["object", "cat"]
        for _ in range(4):
            again.send("POST", "undo")
        assert not again.told["can_undo"]
        for _ in range(4):
            again.send("POST", "redo")
        assert (again.shown == tab.shown).all()


def test_another_network_goes_on_from_the_mask_not_from_the_clicks(folder: Path) -> None:
    with live(folder) as server:
        tab = Tab(server)
        tab.click(LARGE)
        tab.send("POST", "finish")
    with live(folder, formula_predictor(zoom=None), name="another") as server:
        again = Tab(server)
        again.send("POST", f"objects/{again.ids[0]}/reopen")

        assert (again.shown == tab.masks[1]).all()
        assert again.told["draft"]["has_start"]


def test_one_folder_is_served_once(folder: Path) -> None:
    with live(folder), pytest.raises(ValueError, match="another process"), live(folder):
        pass


def test_classes_are_the_folders_own(server: Live) -> None:
    client = server.client
    cat = client.request("POST", "/api/classes", {"name": "cat", "colour": "#00FF00"})
    assert (cat["id"], cat["colour"]) == (2, "#00ff00")
    client.request("PATCH", "/api/classes/2", {"name": "dog", "position": 0})
    assert [one["name"] for one in client.request("GET", "/api/classes")["classes"]] == ["dog", "object"]
    tab = Tab(server)
    tab.click(LARGE)
    tab.send("POST", "finish", {"class_id": 2})

    assert tab.objects[0]["class_id"] == 2
    assert refusal(lambda: client.request("DELETE", "/api/classes/2")) == "in_use"
    assert refusal(lambda: client.request("POST", "/api/classes", {"name": "dog"})) == "in_use"
    assert refusal(lambda: tab.send("PATCH", "objects/1", {"class_id": 7})) == "no_such_class"
    tab.send("PATCH", "objects/1", {"class_id": 1})
    assert [one["name"] for one in client.request("DELETE", "/api/classes/2")["classes"]] == ["object"]
    assert refusal(lambda: client.request("DELETE", "/api/classes/1")) == "in_use"


def test_images_tell_their_state_and_can_be_filtered(server: Live) -> None:
    tab = Tab(server)
    assert server.client.request("GET", "/api/images")["counts"] == {"todo": 2, "work": 0, "done": 0}
    tab.click(LARGE)
    assert [one["name"] for one in server.client.request("GET", "/api/images?state=work")["images"]] == ["a.png"]
    tab.send("PUT", "done", {"done": True})

    told = server.client.request("GET", "/api/images?state=done")
    assert ([one["name"] for one in told["images"]], told["counts"]) == (["a.png"], {"todo": 1, "work": 0, "done": 1})
    assert [one["name"] for one in server.client.request("GET", "/api/images?search=B.")["images"]] == ["b.png"]
    assert [one["index"] for one in server.client.request("GET", "/api/images?after=0")["images"]] == [1]
    assert [one["index"] for one in server.client.request("GET", "/api/images?before=1&limit=1")["images"]] == [0]


def test_pictures_may_be_kept_by_their_version(server: Live) -> None:
    entry = server.client.request("GET", "/api/images")["images"][0]

    kept = asked(server.address, "GET", f"/api/images/{entry['id']}/thumbnail?v={entry['version']}")
    asked_anew = asked(server.address, "GET", f"/api/images/{entry['id']}/preview")

    assert "immutable" in kept.headers["cache-control"]
    assert asked_anew.headers["cache-control"] == "no-cache"
    assert asked(server.address, "GET", f"/api/images/{entry['id']}/tiles/0/0/0").headers["content-type"] == "image/jpeg"


def test_an_upload_can_be_removed_and_the_folders_own_images_cannot(server: Live) -> None:
    content = BytesIO()
    Image.fromarray(picture()).save(content, "PNG")
    made = server.client.request("POST", "/api/images?name=../../x%20y.png", body=content.getvalue())

    assert made["name"].startswith(".clickcut/uploads/x-y-")
    server.client.request("DELETE", f"/api/images/{made['id']}")
    assert server.client.request("GET", "/api/images")["total"] == 2
    assert refusal(lambda: server.client.request("DELETE", f"/api/images/{server.served.workspace.images[0].id}")) == "not_uploaded"
    assert refusal(lambda: server.client.request("POST", "/api/images?name=x.png", body=b"nonsense")) == "unreadable_image"
    assert refusal(lambda: server.client.request("POST", "/api/images?name=x.exe", body=b"nonsense")) == "unreadable_image"
    assert not list((server.served.workspace.root / ".clickcut" / "uploads").iterdir())


def test_bounds_are_told(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "MAX_CLICKS", 4)
    tab = Tab(server)
    beyond = {"box": {"x": 0, "y": 0, "width": 421, "height": 1}, "bits": ""}
    no_bits = {"box": {"x": 0, "y": 0, "width": 4, "height": 1}, "bits": "x"}

    assert refusal(lambda: tab.send("POST", "clicks", {"clicks": [{"x": 420, "y": 5, "positive": True}]})) == "invalid"
    tab.send("POST", "clicks", {"clicks": [{"x": 5, "y": 5, "positive": False}] * 4})
    assert refusal(lambda: tab.click((5, 5))) == "bound_reached"
    assert refusal(lambda: tab.send("PUT", "mask", {"mask": beyond})) == "invalid"
    assert refusal(lambda: tab.send("PUT", "mask", {"mask": no_bits})) == "bad_request"
    assert tab.get()["revision"] == 1


class Stumbling(FormulaNetwork):
    """Fails at clicks in the first column."""

    def decode(self, features: Any, prev_B1HW: Any, clicks: Any) -> Any:
        if (clicks.yx_BK2[..., 1] < 1).any():
            raise RuntimeError("no kernel for this")
        return super().decode(features, prev_B1HW, clicks)


def test_what_the_network_fails_at_is_taken_back(folder: Path) -> None:
    with live(folder, Predictor(Stumbling(SQUASH))) as server:
        tab = Tab(server)
        tab.click(LARGE)

        assert refusal(lambda: tab.click((0, 5))) == "failed"

        again = Tab(server, take=True)
        assert (len(again.told["draft"]["clicks"]), again.revision) == (1, 3)
        assert (again.shown == tab.shown).all()


def test_a_lease_is_given_back(server: Live) -> None:
    tab = Tab(server)
    tab.client.request("POST", f"{tab.path}/close")

    Tab(server)

    assert refusal(tab.get) == "no_such_session"


def test_the_documentation_needs_no_other_host_and_no_script(server: Live) -> None:
    page = asked(server.address, "GET", "/docs").body.decode()

    assert "/api/sessions/{session}/clicks" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert asked(server.address, "GET", "/openapi.json").json["openapi"].startswith("3.")


def given(mask: NDArray[np.bool_]) -> dict[str, Any]:
    box = Box.around(mask)
    return {"box": dict(box_json(box)), "bits": packed(mask[box.slices])}

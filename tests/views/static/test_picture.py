"""The picture is well-formed whatever the titles hold."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.views.static.picture import picture_svg, picture_uri


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Co", "Cn")), max_size=40))
def test_any_title_gives_well_formed_svg(title: str) -> None:
    nodes = {
        "D1": {"handle": "D1", "kind": "goal", "title": title},
        "D2": {"handle": "D2", "kind": "odd", "title": "x", "doubt": True},
    }
    svg = picture_svg(nodes, [{"source": "D1", "target": "D2", "kind": "rejected"}])
    assert len(ET.fromstring(svg).findall("{http://www.w3.org/2000/svg}line")) == 1
    assert "in doubt" in svg


def test_the_uri_is_inline() -> None:
    assert picture_uri({}, []).startswith("data:image/svg+xml;base64,")


def _node(handle: str, **more: str) -> dict[str, str]:
    return {"handle": handle, "kind": "goal", "title": handle, **more}


def test_what_holds_no_more_is_dashed_struck_and_named() -> None:
    plain, over = (picture_svg({"D1": _node("D1", status=status)}, []) for status in ("active", "superseded"))
    for mark in ("stroke-dasharray", "line-through", "(superseded)"):
        assert mark in over
        assert mark not in plain


def test_an_edge_over_a_layer_goes_around_its_boxes_and_every_edge_has_an_arrow() -> None:
    nodes = {handle: _node(handle) for handle in ("D1", "D2", "D3")}
    edges = [{"source": a, "target": b, "kind": "leads_to"} for a, b in (("D1", "D2"), ("D2", "D3"), ("D1", "D3"))]
    picture = ET.fromstring(picture_svg(nodes, edges))
    around = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(around) == 1
    corners = [tuple(map(float, pair.split(","))) for pair in around[0].get("points", "").split()]
    right = max(float(box.get("x", 0)) + 160 for box in picture.findall("{http://www.w3.org/2000/svg}rect"))
    assert max(x for x, _ in corners) > right
    assert picture_svg(nodes, edges).count("marker-end") == 3

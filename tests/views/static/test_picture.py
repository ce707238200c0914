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

"""Looks come from Fluent 2's tokens: those that matter have its values, no style invents one."""

import re

import pytest

from tests.processes import ROOT

STYLES = [
    *(ROOT / "console/static").rglob("*.css"),
    *(ROOT / "addin/static").rglob("*.css"),
]
TOKENS = (ROOT / "console/static/tokens.css").read_text()

# Source: github.com/microsoft/fluentui packages/tokens/src (webLightTheme, webDarkTheme),
# looked up 2026-11-22.
FLUENT = (
    ("text", "colorNeutralForeground1", "light-dark(#242424, #ffffff)"),
    ("secondary text", "colorNeutralForeground3", "light-dark(#616161, #adadad)"),
    ("what text stands on", "colorNeutralBackground1", "light-dark(#ffffff, #292929)"),
    ("a main button", "colorBrandBackground", "light-dark(#0f6cbd, #115ea3)"),
    ("brand text", "colorBrandForeground1", "light-dark(#0f6cbd, #479ef5)"),
    ("body letters", "fontSizeBase300", "0.875rem"),
    ("body lines", "lineHeightBase300", "1.25rem"),
    ("caption letters", "fontSizeBase200", "0.75rem"),
    ("title letters", "fontSizeBase400", "1rem"),
)


@pytest.mark.parametrize(("why", "name", "value"), FLUENT)
def test_a_token_has_fluents_value(why, name, value):
    assert f"  --{name}: {value};" in TOKENS, why


def test_every_token_that_a_style_names_is_there():
    known = set(re.findall(r"^\s+(--[\w-]+):", TOKENS, re.MULTILINE))

    unknown = {
        f"{path.name}: {name}"
        for path in STYLES
        for name in re.findall(r"var\((--[\w-]+)\)", path.read_text())
        if name not in known and f"{name}:" not in path.read_text()
    }

    assert unknown == set()

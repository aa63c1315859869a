"""A CSV file that tries to break out of whatever shows it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

OWNED = "owned"  # what every attack would leave behind: in the title, a request, an element

ATTACKS: tuple[str, ...] = (
    f"<script>document.title='{OWNED}';window.{OWNED}=1</script>",
    f"</script><script>document.title='{OWNED}'</script>",
    f"</style><script>document.title='{OWNED}'</script>",
    f"</title><script>document.title='{OWNED}'</script>",
    f"</textarea></select></table></svg><h1 id={OWNED}>out</h1>",
    f"<img src=x onerror=\"document.title='{OWNED}'\">",
    f'<svg onload="document.title=\'{OWNED}\'"><a href="javascript:alert(1)">x</a></svg>',
    f'<b hx-get="http://{OWNED}.invalid/x" hx-trigger="load">loads</b>',
    f'" onmouseover="document.title=\'{OWNED}\'" x="',
    f"' autofocus onfocus='document.title=\"{OWNED}\"' x='",
    f"javascript:document.title='{OWNED}'",
    f"[click](javascript:document.title='{OWNED}') ![x](http://{OWNED}.invalid/x.png)",
    f"<iframe srcdoc=\"<script>parent.document.title='{OWNED}'</script>\"></iframe>",
    f'<meta http-equiv=refresh content="0;url=http://{OWNED}.invalid"><base href=//{OWNED}.invalid>',
    f"<link rel=stylesheet href=http://{OWNED}.invalid/x.css><style>*{{display:none}}</style>",
    f"{{{{ {OWNED} }}}} {{% raw %}} ${{{OWNED}}} <%= {OWNED} %>",
    "<!-- an open comment",
    "<plaintext>",
    "]]> <![CDATA[ &lt;b&gt; &#60;script&#62;",
    "\u202egnp.exe \u2066isolated \u200f\u061c and \ufeff marks",
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b2J and \x08\x7f",
    "null \x00 byte",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    '@SUM(1;1)*"x"',
    "\t=1+1",
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "a|b|c || | --- |",
    "`` ` ``` ~~~",
    "\u2028 line \u2029 separators \x85",
    "\ufffe\uffff \U0001f469\u200d\U0001f52c",
)


def hostile_table(
    n_rows: int, *, n_classes: int, names: Sequence[str] = ("text", "name", "label")
) -> pd.DataFrame:
    """Return texts, names and labels made of attacks; the third text is a megabyte long.

    Texts of two kinds of words, so that models have something to learn, with an attack in
    each; names and the first classes are attacks too.
    """
    kinds = ("fine lovely great pleasant joy", "awful broken sad ugly waste")
    rows = []
    for i in range(n_rows):
        attack, kind = ATTACKS[i % len(ATTACKS)], kinds[i % 2]
        words = " ".join(kind.split()[k % 5] for k in (i, i // 2, i // 3, i // 5))
        label = (i + (i % 7 == 0 and n_classes < 100)) % n_classes  # some of them wrong
        label_name = (
            f"{ATTACKS[label]} {label}" if label < len(ATTACKS) else f"class {label}"
        )
        rows.append((f"{words} {attack} {words} {i}", f"../{attack}", label_name))
    table = pd.DataFrame(rows, columns=list(names))
    table.loc[2, names[0]] = "<b>wide</b> " * 90_000
    return table


def write_hostile(path: Path, n_rows: int = 400, *, n_classes: int = 2) -> Path:
    """Write the table as CSV, with attacks as column names too; NUL bytes stay in."""
    names = (f"text{ATTACKS[5]}", f"name{ATTACKS[8]}", f"label{ATTACKS[0]}")
    table = hostile_table(n_rows, n_classes=n_classes, names=names)
    table.to_csv(path, index=False, encoding="utf-8", errors="surrogatepass")
    return path

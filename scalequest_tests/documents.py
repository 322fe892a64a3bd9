"""The documents, and what they show: commands, SQL recipes, headings."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
README, INDEX = ROOT / "README.md", ROOT / "docs/README.md"
PAGES = sorted(ROOT.glob("docs/*.md"))
GUIDES = [README, *PAGES]
"""What is written for the present release; the other documents tell of earlier ones too."""
DOCUMENTS = [*GUIDES, ROOT / "CHANGELOG.md", ROOT / "data/README.md", *sorted(ROOT.glob("docs/decisions/*.md"))]


def recipes() -> list[str]:
    """Return the statements of the SQL recipes."""
    return re.findall(r"```sql\n(.*?)```", (ROOT / "docs/sql.md").read_text(encoding="utf-8"), re.DOTALL)


def commands_of(path: Path, program: str) -> Iterator[list[str]]:
    """Yield the words of each call of a program in code blocks and code spans."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in lines:
        for words in _calls(line) if program in line else []:
            words = words[next((i for i, word in enumerate(words) if "=" not in word), 0) :]
            if words[:1] == [program]:
                yield words


def _calls(line: str) -> Iterator[list[str]]:
    """Yield the words of each command of a line of shell, up to a redirection."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&>")
    lexer.whitespace_split = True
    words, is_read = list[str](), True
    for word in lexer:
        if set(word) <= set(";|&"):
            yield words
            words, is_read = [], True
        elif word == ">":
            is_read = False
        elif is_read:
            words.append(word)
    yield words


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    seen: Counter[str] = Counter()
    found = set()
    for title in titles:
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found
